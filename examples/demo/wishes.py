"""What a script writes for each command: only what the command does not know by itself."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from examples.demo.moments import Moment
from goodstanding.messages import ItemAction
from goodstanding.vocabulary import Verdict


class Wish(BaseModel):
    """Base of all: frozen, and what is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RegisterWish(Wish):
    """Register with what the script says of the account; all pledges ticked but these."""

    leaves_out: tuple[str, ...] = ()
    age: int | None = None


class SubmitIdentityWish(Wish):
    """Hand in the identity of the script's holder."""

    mistyped: bool = False
    """With a wrong check digit."""


class NoWish(Wish):
    """The command says it all."""


class LicenceWish(Wish):
    """A licence; it holds from the day on which it is used where nothing else is said."""

    number: str
    since: Moment = Moment(0)
    until: Moment


class ApplyWish(Wish):
    """Ask for a qualification."""

    qualification: str
    right: str | None = None
    licence: LicenceWish | None = None


class RevokeWish(Wish):
    """Take away the newest qualification of this code."""

    qualification: str
    reasons: str


class ReportWish(Wish):
    """Complain about an item."""

    report: str
    ground: str
    item: str
    statement: str


class ChoiceWish(Wish):
    """Another rung than the proposed one."""

    rung: str
    reasons: str


class ViolationWish(Wish):
    """Find a violation; the act was the day before where nothing else is said."""

    violation: str
    rule: str
    item: str
    facts: str
    acted: Moment | None = None
    choice: ChoiceWish | None = None
    content: tuple[ItemAction, ...] = ()


class ReviewWish(Wish):
    """Vote in the newest open review of this kind."""

    review: str
    verdict: Verdict
    reasons: str
    finding: ViolationWish | None = None
    rung: str | None = None


class LiftWish(Wish):
    """End the running penalty of this violation."""

    violation: str
    reasons: str


class AcknowledgeWish(Wish):
    """Say that the newest notice of this kind was read."""

    notice: str


class HearingWish(Wish):
    """Answer in the hearing on this violation."""

    violation: str
    statement: str


class AppealWish(Wish):
    """Challenge the decision on this violation, or the declined registration."""

    appeal: str
    violation: str | None = None
    statement: str
    evidence: tuple[str, ...] = ()


class CloseWish(Wish):
    """Close the account at the holder's wish."""

    audience: int = Field(default=0, ge=0)


WISHES: Mapping[str, type[Wish]] = {
    "register": RegisterWish,
    "submit_identity": SubmitIdentityWish,
    "withdraw": NoWish,
    "apply_for_qualification": ApplyWish,
    "revoke_qualification": RevokeWish,
    "file_report": ReportWish,
    "record_violation": ViolationWish,
    "decide_review": ReviewWish,
    "lift_penalty": LiftWish,
    "acknowledge_notice": AcknowledgeWish,
    "answer_hearing": HearingWish,
    "file_appeal": AppealWish,
    "close_account": CloseWish,
    "erase": NoWish,
}
"""By the name of the command."""
