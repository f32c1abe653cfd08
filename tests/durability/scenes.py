"""What becomes due at an instant: how an account gets there, and what is otherwise from that instant on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api.showing import Seen, account_view, requirements_view
from examples.invented import resident_number
from examples.services.identity_provider import Behaviour
from goodstanding.domain.capabilities import mark_at
from goodstanding.domain.record import Record
from goodstanding.messages import (
    Actor,
    ApplyForQualification,
    DecideReview,
    Licence,
    Pace,
    Register,
)
from goodstanding.sealing import Identity
from goodstanding.vocabulary import NoticeKind, Role, Verdict
from tests.workflows.stand import ASH, BIRCH, Stand

POLICY = "cn-im-2014"
CEDAR = Actor(id="cedar", role=Role.SENIOR_REVIEWER)
BORN = date(1984, 5, 20)


@dataclass(frozen=True)
class Scene:
    """One thing that becomes due."""

    name: str
    prepare: Callable[[Stand, str], Awaitable[None]]
    """Bring the account to where it only has to wait."""
    due: Callable[[Record], datetime | None]
    happens: tuple[str, ...]
    """The events that say so, each once, as of that instant."""
    tells: NoticeKind
    shows: Callable[[Seen], object]
    before: object
    """What it shows until then."""
    after: object
    """What it shows from then on."""


async def registered(stand: Stand, account_id: str, kind: str = "private") -> None:
    stand.ledger.paces[account_id] = Pace(horizon=None)
    command: Register = stand.register(account_id, POLICY, kind=kind)
    await stand.goodstanding.accounts.register(command)


async def activated(stand: Stand, account_id: str, kind: str = "private") -> None:
    await registered(stand, account_id, kind)
    await stand.submit(account_id, citizen(stand, int(account_id[1:9], 16) % 1000))
    await stand.until(lambda: stand.has_happened(account_id, "Activated"))


def citizen(stand: Stand, serial: int) -> Identity:
    """An invented person whom the identity provider knows."""
    number = resident_number(born=BORN, serial=serial)
    stand.provider._people[number] = Behaviour()
    return Identity(document="resident_identity_number", number=number, name="无名氏", country="CN")


async def found(stand: Stand, account_id: str, *, times: int, rule: str = "fraud_offer") -> None:
    """Let violations be found in the active account.

    An hour apart: where a timer goes off while the run is at work that cancels it, this server refuses that work.
    """
    await activated(stand, account_id)
    for n in range(times):
        await stand.environment.sleep(timedelta(hours=1))
        acted_at = await stand.now()
        violation = stand.violation(account_id, f"n{n}", rule, acted_at=acted_at)
        await stand.goodstanding.accounts.record_violation(violation)


async def suspended_at_once(stand: Stand, account_id: str) -> None:
    await found(stand, account_id, times=1, rule="threat_to_life")


async def restricted(stand: Stand, account_id: str) -> None:
    await found(stand, account_id, times=1)


async def restricted_and_suspended(stand: Stand, account_id: str) -> None:
    await found(stand, account_id, times=2)


async def heard(stand: Stand, account_id: str) -> None:
    """Let the closure be proposed, after so many violations."""
    await found(stand, account_id, times=4)


async def qualified(stand: Stand, account_id: str) -> None:
    """Let a person reprint political news, by a licence that ends in forty days."""
    await activated(stand, account_id, "public")
    await _granted(stand, account_id, "public_account", ASH)
    today = (await stand.now()).date()
    licence = Licence(
        number="L-7",
        authority="made_up_authority",
        valid_from=today - timedelta(days=400),
        valid_to=today + timedelta(days=40),
    )
    await _granted(stand, account_id, "licensed_non_news", ASH, BIRCH, licence=licence)


async def _granted(
    stand: Stand, account_id: str, code: str, *by: Actor, licence: Licence | None = None
) -> None:
    application = ApplyForQualification(
        account_id=account_id,
        command_id=f"apply-{code}",
        actor=stand.register(account_id).actor,
        qualification=code,
        licence=licence,
    )
    answer = await stand.goodstanding.accounts.apply_for_qualification(application)
    for actor in by:
        vote = DecideReview(
            account_id=account_id,
            command_id=f"vote-{code}-{actor.id}",
            actor=actor,
            review_id=answer.created[1],
            verdict=Verdict.GRANT,
            reasons="Looked at with care.",
        )
        await stand.goodstanding.accounts.decide_review(vote)


def _active_penalties(seen: Seen) -> tuple[str, ...]:
    return tuple(one.code for one in seen.record.active_penalties(seen.as_of))


def _rights(*capabilities: str) -> Callable[[Seen], object]:
    return lambda seen: tuple(seen.check(one).denial for one in capabilities)


def _news(seen: Seen) -> object:
    return mark_at(seen.subject, seen.as_of), seen.check("reprint_political_news").denial


def _penalties_and_rights(seen: Seen) -> object:
    return _active_penalties(seen), seen.check("post").denial


SCENES = (
    Scene(
        name="an_interim_lapses",
        prepare=suspended_at_once,
        due=lambda record: record.decisions[0].lapses_at,
        happens=("DecisionLapsed", "PenaltyExpired"),
        tells=NoticeKind.INTERIM_LAPSED,
        shows=_rights("message", "update", "post"),
        before=("PENALTY_DENIES",) * 3,
        after=(None,) * 3,
    ),
    Scene(
        name="a_restriction_ends_while_a_suspension_runs",
        prepare=restricted_and_suspended,
        due=lambda record: record.penalties[0].ends_at,
        happens=("PenaltyExpired",),
        tells=NoticeKind.PENALTY_ENDED,
        shows=_penalties_and_rights,
        before=(("restricted_publishing", "suspended_updates"), "PENALTY_DENIES"),
        after=(("suspended_updates",), "PENALTY_DENIES"),
    ),
    Scene(
        name="an_unfinished_registration_expires",
        prepare=registered,
        due=lambda record: record.expires_at,
        happens=("Declined",),
        tells=NoticeKind.REGISTRATION_DECLINED,
        shows=_rights("read", "appeal"),
        before=(None, None),
        after=("STAGE_DENIES", None),
    ),
    Scene(
        name="an_appeal_window_closes",
        prepare=restricted,
        due=lambda record: record.decisions[0].appeal_until,
        happens=("AppealWindowEnded",),
        tells=NoticeKind.APPEAL_WINDOW_ENDED,
        shows=lambda seen: len(account_view(seen).appealable),
        before=1,
        after=0,
    ),
    Scene(
        name="a_licence_expires_and_its_badge_with_it",
        prepare=qualified,
        due=lambda record: record.qualifications[1].valid_until,
        happens=("QualificationLapsed",),
        tells=NoticeKind.QUALIFICATION_LAPSED,
        shows=_news,
        before=("reprint", None),
        after=(None, "QUALIFICATION_LAPSED"),
    ),
    Scene(
        name="a_hearing_ends_unanswered",
        prepare=heard,
        due=lambda record: record.decisions[3].proposal.hearing_until,
        happens=("HearingEnded",),
        tells=NoticeKind.HEARING_ENDED,
        shows=lambda seen: tuple(
            one.code
            for one in requirements_view(seen).currently_due
            if one.code == "hearing.answer"
        ),
        before=("hearing.answer",),
        after=(),
    ),
)
