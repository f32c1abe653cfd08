"""Whatever anybody sends, at whatever time: a decision or a refusal, never an exception; and what the record keeps."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.decide import Decided, decide
from goodstanding.domain.decide import Effects as Queue
from goodstanding.domain.effects import effect_of
from goodstanding.domain.evolve import fold
from goodstanding.domain.record import Record
from goodstanding.errors import AccountNotFoundError, ConflictError
from goodstanding.messages import (
    COMMANDS,
    Acceptance,
    Actor,
    Choice,
    Evidence,
    Finding,
    Licence,
    PassTime,
    Refusal,
    SealedIdentity,
    Secrecy,
    SettleEffects,
    Settlement,
    Verified,
)
from goodstanding.vocabulary import (
    Assurance,
    EffectKind,
    Outcome,
    ReviewKind,
    Role,
    Stage,
    Verdict,
)
from tests.domain.playing import D0, HOLDER, Life, book

LONG = "a" * 48
MADE = re.compile(r"^[A-Za-z0-9_.-]{1,160}$")
SHAPES = {
    "private": ("cn-im-2014", "private", "person"),
    "public": ("cn-im-2014", "public", "enterprise"),
    "news": ("cn-im-2014", "public", "news_organisation"),
    "neutral": ("neutral", "standard", "person"),
}
ACTORS = [HOLDER, *(Actor(id=name, role=Role.REVIEWER) for name in ("ash", "birch", "cedar"))]
ACTORS += [Actor(id=f"any-{role}", role=role) for role in Role]
ACTORS += [Actor(id=HOLDER.id, role=Role.SENIOR_REVIEWER)]
RULES = [
    "spam",
    "fraud",
    "threat_to_life",
    "illegal_goods",
    "spam_flooding",
    "state_secret_disclosure",
]
RUNGS = ["warn", "restrict", "suspend", "close", "close_grave", "no_rung"]
LIKELY = {
    ReviewKind.QUALIFICATION: [Verdict.GRANT, Verdict.REFUSE],
    ReviewKind.REVOCATION: [Verdict.CONFIRM, Verdict.REJECT],
    ReviewKind.CONFIRMATION: [Verdict.CONFIRM, Verdict.REJECT],
    ReviewKind.OVERTURN: [Verdict.CONFIRM, Verdict.REJECT],
    ReviewKind.CASE: [Verdict.VIOLATION, Verdict.NO_VIOLATION],
    ReviewKind.ORDER: [Verdict.CONFIRM, Verdict.REJECT],
    ReviewKind.APPEAL: [Verdict.UPHELD, Verdict.REDUCED, Verdict.OVERTURNED],
}


@dataclass
class Wild:
    """A life in which every id is as long as it may be and effects settle when they like."""

    shape: str
    now: datetime = D0
    record: Record = field(default_factory=lambda: Record(LONG))
    journal: list[Any] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    pending: dict[str, EffectKind] = field(default_factory=dict)
    sent: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def life(self) -> Life:
        return Life(policy_id=SHAPES[self.shape][0], account_id=LONG, now=self.now)

    def ask(self, command: Any) -> Any:
        queue = Queue(pending=dict(self.pending), failed={"failed-effect": EffectKind.NOTICE})
        result = decide(self.record, command, self.life().context, queue)
        assert isinstance(result, Decided | Refusal)
        if isinstance(result, Refusal):
            return result
        policy = (
            book().at(result.record.policy_id, self.now).policy if result.record.policy_id else None
        )
        for event in result.events:
            effect = effect_of(event, result.record, policy, self.now)
            if effect and effect.kind is not EffectKind.REVIEW:
                self.pending[effect.effect_id] = effect.kind
        if isinstance(command, SettleEffects):
            for one in command.settlements:
                if not one.waits:
                    self.pending.pop(one.effect_id, None)
        self.record = result.record
        self.journal += [(event, self.now) for event in result.events]
        self.created += result.created
        return result

    def to(self, instant: datetime) -> None:
        while (due := next_deadline(self.record)) and due.at <= instant:
            self.now = max(due.at, self.now)
            before = due
            self.ask(PassTime(account_id=LONG))
            after = next_deadline(self.record)
            assert after is None or (
                after != before and after.at > self.now - timedelta(microseconds=1)
            )
        self.now = instant

    def send(self, sort: type, actor: Actor, **fields: Any) -> Any:
        self.sent += 1
        command_id = f"c{self.sent}-".ljust(48, "x")
        return self.ask(sort(account_id=LONG, command_id=command_id, actor=actor, **fields))


def ids_of(record: Record) -> list[str]:
    found = [r.review_id for r in record.reviews] + [d.decision_id for d in record.decisions]
    found += [p.penalty_id for p in record.penalties] + [s.strike_id for s in record.strikes]
    found += [n.notice_id for n in record.notices] + [f.filing_id for f in record.filings]
    found += [q.qualification_id for q in record.qualifications]
    if record.ended and record.ended.decision_id:
        found.append(record.ended.decision_id)
    return found


def undoable(record: Record) -> list[str]:
    known = [d.decision_id for d in record.decisions if d.state == "in_force"]
    known += [q.qualification_id for q in record.qualifications if q.decided_by]
    ended = record.ended.decision_id if record.ended else None
    return [*known, ended] if ended else known


def fields_for(data: Any, wild: Wild, name: str, actor: Actor) -> dict[str, Any]:
    def pick(options: Any, label: str) -> Any:
        return data.draw(st.sampled_from(options), label=label)

    record = wild.record
    policy_id, kind, holder = SHAPES[wild.shape]
    agreement = book().at(policy_id, D0).policy.agreement
    bogus = ["nobody.knows", "failed-effect"]

    def one_of(plausible: list[str]) -> str:
        use = (
            plausible
            if plausible and pick([True, True, True, False], "plausible")
            else ids_of(record) + bogus
        )
        return pick(use or bogus, "id")

    def finding(item: str | None = None) -> Finding:
        choice = (
            Choice(rung=pick(RUNGS, "rung"), reasons="Asked.")
            if pick([False, False, True], "chosen")
            else None
        )
        return Finding(
            violation_id=f"v{pick(list(range(9)), 'v')}",
            acted_at=pick(
                [wild.now, D0, D0 - timedelta(days=9000), wild.now + timedelta(days=1)], "acted"
            ),
            rule=pick([*RULES, "public_order"], "rule"),
            item=item or f"i{pick(list(range(6)), 'i')}",
            facts=pick(["Seen.", "Seen.", " "], "facts"),
            choice=choice,
        )

    if name == "accept_agreement":
        pledges = dict.fromkeys(agreement.pledges, True)
        version = pick([agreement.version, 9], "version")
        return {
            "agreement": Acceptance(
                id=agreement.id,
                version=version,
                text_digest=agreement.text_digest,
                pledges=pledges,
            )
        }
    if name == "register":
        pledges = dict.fromkeys(agreement.pledges, True)
        if pick([False, False, True], "half"):
            pledges = {"x": True}
        return {
            "policy_id": pick([policy_id, "no-policy"], "policy"),
            "kind": pick([kind, "odd"], "kind"),
            "holder_type": holder,
            "display_name": "Somebody",
            "language": pick(["en", "zh-Hant-TW", "xx"], "language"),
            "declared_age": pick([None, 30, 3], "age"),
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges=pledges,
            ),
        }
    if name == "open_provider":
        return {"policy_id": policy_id}
    if name == "submit_identity":
        return {"sealed": SealedIdentity(key_id="k", schema_version=1, ciphertext="AAAA")}
    if name == "apply_for_qualification":
        codes = [*book().at(policy_id, D0).policy.qualifications, "none_such"]
        licence = Licence(
            number="N",
            authority="a",
            valid_from=(wild.now - timedelta(days=9)).date(),
            valid_to=(wild.now + timedelta(days=pick([-1, 0, 5, 40, 900], "days"))).date(),
        )
        return {
            "qualification": pick(codes, "code"),
            "right": pick([None, None, "publish_political_news", "nothing"], "right"),
            "licence": pick([licence, licence, None], "licence"),
            "evidence": (Evidence(kind="scan", reference="ref", digest="0" * 64),),
        }
    if name == "revoke_qualification":
        held = [q.qualification_id for q in record.qualifications]
        return {"qualification_id": one_of(held), "reasons": pick(["Why.", ""], "reasons")}
    if name == "file_report":
        return {
            "report_id": f"r{pick(list(range(9)), 'r')}",
            "ground": pick(["harmful", "threat_to_life", "x"], "ground"),
            "item": f"i{pick(list(range(6)), 'i')}",
            "statement": "Look.",
        }
    if name == "record_violation":
        return {"finding": finding()}
    if name == "decide_review":
        review_id = one_of([r.review_id for r in record.open_reviews()])
        review = record.review(review_id)
        likely = LIKELY.get(review.kind, [Verdict.ACCEPT, Verdict.REFUSE]) if review else []
        case = record.case(review.subject_id) if review else None
        return {
            "review_id": review_id,
            "verdict": pick([*likely * 4, *Verdict], "verdict"),
            "reasons": pick(["Looked at.", "Looked at.", ""], "reasons"),
            "finding": pick([finding(case.item if case else None), None], "finding"),
            "rung": pick([*RUNGS, None], "rung"),
        }
    if name == "lift_penalty":
        return {
            "penalty_id": one_of([p.penalty_id for p in record.penalties]),
            "reasons": "Enough.",
        }
    if name == "void_strike":
        return {"strike_id": one_of([s.strike_id for s in record.strikes]), "reasons": "Wrong."}
    if name == "acknowledge_notice":
        return {"notice_id": one_of([n.notice_id for n in record.notices])}
    if name == "overturn_decision":
        agreed_by = pick([(), (), (ACTORS[3],), (ACTORS[2], ACTORS[2]), (HOLDER,)], "agreed by")
        return {
            "decision_id": one_of(undoable(record)),
            "reasons": "Wrong.",
            "agreed_by": agreed_by,
        }
    if name in ("answer_hearing", "file_appeal"):
        known = [d.decision_id for d in record.decisions]
        if record.ended and record.ended.decision_id:
            known.append(record.ended.decision_id)
        more = {"appeal_id": f"ap{pick(list(range(9)), 'ap')}"} if name == "file_appeal" else {}
        return {"decision_id": one_of(known), "statement": pick(["No.", " "], "statement"), **more}
    if name == "record_order":
        until = wild.now + timedelta(days=pick([-1, 3, 40], "until"))
        secrecy = Secrecy(until=wild.now + timedelta(days=pick([1, 90, 900], "secret")), basis="§")
        return {
            "authority": pick(["national_internet_office", "unheard_of"], "authority"),
            "reference": "No. 1",
            "legal_basis": "The law.",
            "deny": pick([("update",), ("post", "update"), ("appeal",), ()], "deny"),
            "items": pick([(), ("i1",)], "items"),
            "starts_at": pick([None, wild.now + timedelta(days=2)], "starts"),
            "ends_at": pick([None, until], "ends"),
            "secrecy": pick([None, None, secrecy], "secrecy"),
        }
    if name == "withdraw_order":
        return {"order_id": one_of([o.order_id for o in record.orders]), "reasons": "Why."}
    if name == "close_account":
        return {"audience": pick([0, 50_000, 10**9], "audience")}
    if name == "retry_effect":
        return {"effect_id": one_of([])}
    if name == "record_licence":
        return {
            "code": "telecom_licence",
            "licence": Licence(number="N", authority="a", valid_from=D0.date(), valid_to=D0.date()),
        }
    return {}


def settle(data: Any, wild: Wild) -> None:
    if not wild.pending:
        return
    effect_id = data.draw(st.sampled_from(sorted(wild.pending)), label="effect")
    outcome = data.draw(st.sampled_from([Outcome.PASS] * 4 + list(Outcome)), label="outcome")
    old = data.draw(st.sampled_from([None, True, True]), label="old")
    how = data.draw(st.sampled_from(["done", "done", "done", "failed", "waits"]), label="how")
    is_check = wild.pending[effect_id] is EffectKind.VERIFICATION
    verified = (
        Verified(outcome=outcome, assurance=Assurance.ISSUER, is_old_enough=old)
        if is_check
        else None
    )
    one = Settlement(
        effect_id=effect_id,
        delivered=how != "failed",
        error="no_answer" if how == "failed" else None,
        verified=verified if how == "done" else None,
        waits=how == "waits" and is_check,
        receipt="R",
    )
    wild.ask(SettleEffects(account_id=LONG, settlements=(one,)))


SORTS = {sort.model_fields["name"].default: sort for sort in COMMANDS}
OFTEN = (
    ["record_violation"] * 4
    + ["decide_review"] * 8
    + ["file_appeal", "apply_for_qualification"] * 3
)
OFTEN += (
    ["settle"] * 6
    + ["submit_identity"] * 2
    + ["lift_penalty", "void_strike", "file_report", "answer_hearing", "overturn_decision"] * 2
    + ["record_order"] * 2
)


def lived(data: Any, shape: str, started: bool, length: int) -> Wild:
    wild = Wild(shape)
    policy_id, kind, holder = SHAPES[shape]
    if started:
        agreement = book().at(policy_id, D0).policy.agreement
        accepted = Acceptance(
            id=agreement.id,
            version=agreement.version,
            text_digest=agreement.text_digest,
            pledges=dict.fromkeys(agreement.pledges, True),
        )
        wild.send(
            SORTS["register"],
            HOLDER,
            policy_id=policy_id,
            kind=kind,
            holder_type=holder,
            display_name="S",
            language="en",
            agreement=accepted,
            declared_age=30,
        )
        wild.send(
            SORTS["submit_identity"], HOLDER, **fields_for(data, wild, "submit_identity", HOLDER)
        )
        (check,) = wild.pending
        one = Settlement(
            effect_id=check,
            delivered=True,
            verified=Verified(outcome=Outcome.PASS, assurance="issuer"),
        )
        wild.ask(SettleEffects(account_id=LONG, settlements=(one,)))
        assert wild.record.stage is Stage.ACTIVE
    for _ in range(length):
        hours = data.draw(
            st.sampled_from([0, 0, 1, 24, 24 * 4, 24 * 8, 24 * 20, 24 * 61, 24 * 200]),
            label="hours",
        )
        wild.to(wild.now + timedelta(hours=hours))
        name = data.draw(st.sampled_from([*OFTEN, *SORTS]), label="command")
        if name == "settle":
            settle(data, wild)
            continue
        allowed = data.draw(st.sampled_from([True, True, True, False]), label="role")
        from goodstanding.domain.decide.roles import ROLES

        actors = [a for a in ACTORS if a.role in ROLES[name]] if allowed else ACTORS
        actor = data.draw(st.sampled_from(actors), label="actor")
        try:
            wild.send(SORTS[name], actor, **fields_for(data, wild, name, actor))
        except (AccountNotFoundError, ConflictError):
            assert wild.record.stage is None
    return wild


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(sorted(SHAPES)), st.booleans(), st.integers(1, 30))
def test_whatever_is_sent_is_decided_or_refused_and_the_record_keeps_its_promises(
    data, shape, started, length
):
    wild = lived(data, shape, started, length)
    assert fold(LONG, wild.journal) == wild.record
    assert len(set(wild.created)) == len(wild.created)
    texts = [t for event, _ in wild.journal for t in texts_of(event)]
    assert len(set(texts)) == len(texts)
    assert all(MADE.match(made) for made in [*wild.created, *texts])
    assert [at for _, at in wild.journal] == sorted(at for _, at in wild.journal)
    for event, _ in wild.journal:
        check_plain(event)
    wild.to(wild.now + timedelta(days=3000))
    assert (
        {"appeal", "export"}
        <= Life(policy_id=SHAPES[shape][0], record=wild.record, now=wild.now).can()
        if wild.record.stage
        else True
    )


def texts_of(event: Any) -> list[str]:
    return [
        v.text_id
        for f in type(event).__dataclass_fields__
        if hasattr(v := getattr(event, f), "text_id")
    ]


def check_plain(event: Any) -> None:
    """No floats, no naive times, no words of people but in a Text."""
    for name in type(event).__dataclass_fields__:
        value = getattr(event, name)
        for one in value if isinstance(value, tuple) else (value,):
            assert not isinstance(one, float)
            if isinstance(one, datetime):
                assert one.utcoffset() == timedelta(0), (type(event).__name__, name)
            assert one not in (
                "Somebody",
                "The law.",
                "No. 1",
                "Why.",
                "Looked at.",
                "Seen.",
                "Look.",
                "Enough.",
                "Wrong.",
            ), name
