"""From what a script says to the command that is sent: ids are found in the account's record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, cast

from examples.demo import wishes as w
from examples.demo.people import identity_of
from examples.demo.script import Script, Sent
from examples.demo.stage import World
from goodstanding.domain.record import Record
from goodstanding.messages import (
    COMMANDS,
    Acceptance,
    Actor,
    AnyCommand,
    Choice,
    Evidence,
    Finding,
    Licence,
)
from goodstanding.policy.book import Published
from goodstanding.vocabulary import Role

_ROLES = {"holder": Role.HOLDER, "platform": Role.PLATFORM, "public": Role.PUBLIC}
_BY_NAME = {command.model_fields["name"].default: command for command in COMMANDS}
UNKNOWN = "unknown"
"""Stands for an id that the record does not have; the engine says so."""


@dataclass(frozen=True)
class Writer:
    """Writes the commands of one script, as of its account's record."""

    script: Script
    step: Sent
    world: World
    record: Record
    published: Published

    async def command(self) -> AnyCommand:
        """The command that this step sends."""
        wish = self.step.wish
        fields = _FIELDS[type(wish)](self, wish)
        if isinstance(wish, w.SubmitIdentityWish):
            identity = identity_of(self.script, self.published.policy, mistyped=wish.mistyped)
            sealed = await self.world.seal(self.script.account, self.script.actor, identity)
            fields = {"sealed": sealed}
        made = _BY_NAME[self.step.send](
            account_id=self.script.account,
            command_id=self.step.id,
            actor=self.actor,
            **fields,
        )
        return cast("AnyCommand", made)

    @property
    def actor(self) -> Actor:
        """Who acts; whoever is no holder, platform or passer-by is a reviewer."""
        by = self.step.by
        if by == "holder":
            return Actor(id=self.script.actor, role=Role.HOLDER)
        return Actor(id=by.lower(), role=_ROLES.get(by, Role.REVIEWER))

    def registration(self, wish: w.RegisterWish) -> Mapping[str, Any]:
        """All pledges accepted but those that are left out."""
        script, agreement = self.script, self.published.policy.agreement
        return {
            "policy_id": script.policy,
            "kind": script.kind,
            "holder_type": script.holder.type,
            "display_name": script.name,
            "language": script.language,
            "agreement": Acceptance(
                id=agreement.id,
                version=agreement.version,
                text_digest=agreement.text_digest,
                pledges={code: code not in wish.leaves_out for code in agreement.pledges},
            ),
            "declared_age": wish.age,
        }

    def application(self, wish: w.ApplyWish) -> Mapping[str, Any]:
        """A qualification with the licence that proves it."""
        start, zone = self.world.start, self.published.policy.zone
        licence = wish.licence and Licence(
            number=wish.licence.number,
            authority="content_authority",
            valid_from=wish.licence.since.date(start, zone),
            valid_to=wish.licence.until.date(start, zone),
        )
        evidence = _evidence("licence", wish.licence.number) if wish.licence else ()
        return {
            "qualification": wish.qualification,
            "right": wish.right,
            "licence": licence,
            "evidence": evidence,
        }

    def revocation(self, wish: w.RevokeWish) -> Mapping[str, Any]:
        """The newest qualification of the code."""
        held = [q for q in self.record.qualifications if q.code == wish.qualification]
        found = held[-1].qualification_id if held else UNKNOWN
        return {"qualification_id": found, "reasons": wish.reasons}

    def report(self, wish: w.ReportWish) -> Mapping[str, Any]:
        """A complaint."""
        return {
            "report_id": wish.report,
            "ground": wish.ground,
            "item": wish.item,
            "statement": wish.statement,
        }

    def finding(self, wish: w.ViolationWish) -> Finding:
        """What was found."""
        start, zone = self.world.start, self.published.policy.zone
        before = start + timedelta(days=self.step.day - 1)
        choice = wish.choice and Choice(rung=wish.choice.rung, reasons=wish.choice.reasons)
        return Finding(
            violation_id=wish.violation,
            acted_at=wish.acted.at(start, zone) if wish.acted else before,
            rule=wish.rule,
            item=wish.item,
            facts=wish.facts,
            choice=choice,
            content=wish.content,
        )

    def vote(self, wish: w.ReviewWish) -> Mapping[str, Any]:
        """A vote in the newest open review of the kind."""
        reviews = [r for r in self.record.open_reviews() if r.kind == wish.review]
        return {
            "review_id": reviews[-1].review_id if reviews else UNKNOWN,
            "verdict": wish.verdict,
            "reasons": wish.reasons,
            "finding": self.finding(wish.finding) if wish.finding else None,
            "rung": wish.rung,
        }

    def lifting(self, wish: w.LiftWish) -> Mapping[str, Any]:
        """The penalty of the violation that has not ended."""
        decision_id = self.decision(wish.violation)
        running = [
            p for p in self.record.penalties if p.decision_id == decision_id and not p.is_over
        ]
        found = running[-1].penalty_id if running else UNKNOWN
        return {"penalty_id": found, "reasons": wish.reasons}

    def acknowledgement(self, wish: w.AcknowledgeWish) -> Mapping[str, Any]:
        """The newest notice of the kind."""
        notices = [n for n in self.record.notices if n.kind == wish.notice]
        return {"notice_id": notices[-1].notice_id if notices else UNKNOWN}

    def answer(self, wish: w.HearingWish) -> Mapping[str, Any]:
        """What the holder says in the hearing."""
        return {"decision_id": self.decision(wish.violation), "statement": wish.statement}

    def appeal(self, wish: w.AppealWish) -> Mapping[str, Any]:
        """A challenge to the decision on a violation, or to the end of the registration."""
        ended = self.record.ended.decision_id if self.record.ended else None
        decision_id = self.decision(wish.violation) if wish.violation else ended
        evidence = [one for each in wish.evidence for one in _evidence("statement", each)]
        return {
            "appeal_id": wish.appeal,
            "decision_id": decision_id or UNKNOWN,
            "statement": wish.statement,
            "evidence": tuple(evidence),
        }

    def decision(self, violation: str) -> str:
        """The decision on a violation."""
        found = (d for d in self.record.decisions if d.violation_id == violation)
        return next((d.decision_id for d in found), UNKNOWN)


_FIELDS: Mapping[type[w.Wish], Any] = {
    w.RegisterWish: Writer.registration,
    w.SubmitIdentityWish: lambda _writer, _wish: {},
    w.NoWish: lambda _writer, _wish: {},
    w.ApplyWish: Writer.application,
    w.RevokeWish: Writer.revocation,
    w.ReportWish: Writer.report,
    w.ViolationWish: lambda writer, wish: {"finding": writer.finding(wish)},
    w.ReviewWish: Writer.vote,
    w.LiftWish: Writer.lifting,
    w.AcknowledgeWish: Writer.acknowledgement,
    w.HearingWish: Writer.answer,
    w.AppealWish: Writer.appeal,
    w.CloseWish: lambda _writer, wish: {"audience": wish.audience},
}


def _evidence(kind: str, reference: str) -> tuple[Evidence, ...]:
    digest = sha256(reference.encode()).hexdigest()
    return (Evidence(kind=kind, reference=f"evidence/{reference}", digest=digest),)
