"""Everything that can be refused, as one tree; the class name is the stable code.

GoodstandingError
├── MalformedError            the input itself is wrong
├── NotFoundError             what was named does not exist
├── ConflictError             the record has moved on, or an id was used for something else
├── NotAllowedError           the actor may not do this
├── NotPossibleError          the record, or the policy, does not let it happen now
└── UnansweredError           nobody knows yet whether it happened
"""

from typing import ClassVar


class GoodstandingError(Exception):
    """Something was refused."""

    status: ClassVar[int] = 500
    """The HTTP status that stands for it."""

    remedy: ClassVar[str] = "Report it: this is not meant to reach you."
    """What the caller does about it."""

    def __init__(self, message: str | None = None, field: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or type(self).__name__).strip()
        self.field = field
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The stable code: the name of the class."""
        return type(self).__name__


class MalformedError(GoodstandingError):
    """The input is not of the form that is asked for."""

    status = 422
    remedy = "Mend what is named; a command is then sent under a new command id."


class TextTooLongError(MalformedError):
    """A text is longer than it may be."""


class TextUnprintableError(MalformedError):
    """A text holds control characters."""


class EvidenceTooLargeError(MalformedError):
    """There is more evidence than one command may carry."""


class ReasonsTooShortError(MalformedError):
    """The reasons are shorter than the policy asks for."""

    remedy = "Say in your own words what was found and why it breaks the rule."


class PolicyMalformedError(MalformedError):
    """A policy file is not what the schema asks for."""

    remedy = "Mend the lines that are named; `goodstanding policy check FILE` shows them all."


class NotFoundError(GoodstandingError):
    """What was named does not exist."""

    status = 404
    remedy = "Check the id; ids are unique per account."


class AccountNotFoundError(NotFoundError):
    """No account has this id."""

    remedy = "Check the id; an account is there once its registration was taken in."


class RuleNotFoundError(NotFoundError):
    """The policy in force at the time of the act has no such rule."""

    status = 422
    remedy = "Name a rule that was published when the act happened."


class PolicyNotFoundError(NotFoundError):
    """No policy of this id is in force."""

    status = 422


class KindNotFoundError(NotFoundError):
    """The policy knows no such account kind or holder type."""

    status = 422


class QualificationNotFoundError(NotFoundError):
    """The policy, or the account, has no such qualification."""

    status = 422


class CapabilityNotFoundError(NotFoundError):
    """The policy knows no such capability."""


class PenaltyNotFoundError(NotFoundError):
    """The account has no such penalty."""


class StrikeNotFoundError(NotFoundError):
    """The account has no such strike."""


class ReviewNotFoundError(NotFoundError):
    """The account has no such review."""


class ReportNotFoundError(NotFoundError):
    """No report has this number."""


class DecisionNotFoundError(NotFoundError):
    """The account has no such decision."""


class NoticeNotFoundError(NotFoundError):
    """The account has no such notice."""


class EffectNotFoundError(NotFoundError):
    """The account has no such effect."""


class OrderNotFoundError(NotFoundError):
    """The account has no such order."""


class LicenceNotFoundError(NotFoundError):
    """The policy asks the provider for no such licence."""

    status = 422
    remedy = (
        "Name one of those, or have GOODSTANDING_PROVIDER_POLICY name the policy that asks for it."
    )


class ConflictError(GoodstandingError):
    """The record has moved on, or the id was used with another body."""

    status = 409
    remedy = "Read the account again; send what you still want under a new command id."


class AlreadyRegisteredError(ConflictError):
    """The account exists already."""

    remedy = "Use another account id."


class CommandStaleError(ConflictError):
    """The command came after the instant up to which it was meant."""

    remedy = "Look at the account, then send it again under a new command id if you still want it."


class NotAllowedError(GoodstandingError):
    """The actor may not do this."""

    status = 403
    remedy = "Let somebody do it whose role allows it."


class RoleNotAllowedError(NotAllowedError):
    """This role may not send this command."""


class SelfApprovalError(NotAllowedError):
    """The same person cannot be counted twice, nor judge what they decided themselves."""

    remedy = "Another reviewer has to decide."


class DetectorNotAllowedError(NotAllowedError):
    """A detector may not do this; a person has to."""


class ScopeMissingError(NotAllowedError):
    """The API key holds, and was not made for this."""

    remedy = "Send a key that was made with the named scope: `goodstanding api-key add`."


class KeyRefusedError(NotAllowedError):
    """The API key is missing, unknown, ended or revoked."""

    status = 401
    remedy = "Send a key that still holds, or the codec server's token, as a bearer token."


class CapabilityDeniedError(NotAllowedError):
    """The account may not do this now; the denial code, from the policy, says why."""

    remedy = "Read the account's requirements: they say what would bring the right back."

    def __init__(
        self, message: str | None = None, field: str | None = None, *, denial: str | None = None
    ) -> None:
        super().__init__(message, field)
        self.denial = denial


class NotPossibleError(GoodstandingError):
    """The record, or the policy, does not let this happen now."""

    status = 409
    remedy = "Read the account's requirements."


class WrongStageError(NotPossibleError):
    """The account is in a stage in which this cannot be done."""


class AccountClosedError(WrongStageError):
    """The account is closed; only appeal and export are left."""

    remedy = "Appeal within the window that the notice names."


class AgreementMissingError(NotPossibleError):
    """The agreement in force, or one of its pledges, was not accepted."""

    status = 422
    remedy = "Show the current agreement; accept each pledge under a new command id."


class ProviderUnqualifiedError(NotPossibleError):
    """The platform itself does not hold the licence that the policy asks of it."""

    remedy = (
        "Record the licence with `goodstanding provider licence add`, "
        "under the policy that asks for it: GOODSTANDING_PROVIDER_POLICY."
    )


class NotEligibleError(NotPossibleError):
    """The holder is not of the kind to which this qualification is open."""

    status = 422


class EvidenceMissingError(NotPossibleError):
    """The evidence that the policy asks for was not given, or has ended."""

    status = 422


class TooManyAttemptsError(NotPossibleError):
    """It was tried as often as the policy allows for the time being."""

    status = 429
    remedy = "Wait until the oldest attempt has left the window."


class AlreadyPendingError(NotPossibleError):
    """The same thing is already being looked at."""

    remedy = "Wait for the decision."


class AlreadyDecidedError(NotPossibleError):
    """This was decided already; one act counts once."""


class ReviewEndedError(NotPossibleError):
    """The review is decided or cancelled."""


class VerdictNotPossibleError(NotPossibleError):
    """This review cannot end with this verdict."""

    status = 422


class ChoiceOutOfBoundsError(NotPossibleError):
    """The chosen penalty lies outside what the policy lets a person choose."""

    status = 422


class RuleTooBroadError(NotPossibleError):
    """A general clause alone carries no penalty above a warning."""

    status = 422
    remedy = "Name the specific rule that was broken, the facts and the item."


class ContentActionNotAllowedError(NotPossibleError):
    """The policy does not let a finding of this rule do this with an item."""

    status = 422
    remedy = "Name an action, and a label, that the policy lists for the rule or its severity."


class NothingToRestoreError(NotPossibleError):
    """No decision about this account has removed the item, or put the label on it."""

    status = 422


class ClauseNotAcceptedError(NotPossibleError):
    """The account never accepted the clause that this rule stands on."""


class NotAppealableError(NotPossibleError):
    """This cannot be appealed."""


class DecisionNotInForceError(NotPossibleError):
    """The decision does not count, or no longer: there is nothing to take back."""


class NotPreviewableError(NotPossibleError):
    """What would follow can be said of a decision that counts, and of a review that may undo one."""

    status = 422


class AlreadyAppealedError(NotPossibleError):
    """There is one appeal for each decision, and it was used."""

    remedy = "See the routes outside the platform that the notice names."


class AppealWindowExpiredError(NotPossibleError):
    """The appeal window is over."""

    remedy = "See the routes outside the platform that the notice names."


class AppealOpenError(NotPossibleError):
    """An appeal can still be filed or is still open, so this has to wait."""


class CaseOpenError(NotPossibleError):
    """An open case or review stands against this."""


class HearingOpenError(NotPossibleError):
    """The holder can still answer; nothing is confirmed before that."""

    remedy = "Wait for the answer, or for the end of the hearing."


class HearingNotOpenError(NotPossibleError):
    """There is no open hearing to answer."""


class PenaltyEndedError(NotPossibleError):
    """The penalty is over already."""


class OrdersNotTakenError(NotPossibleError):
    """The policy does not say how orders of authorities are taken."""

    remedy = "Write the section `orders` in a new version of the policy."


class OrderEndedError(NotPossibleError):
    """The order is over already."""


class SecrecyNotLawfulError(NotPossibleError):
    """The policy knows no such secrecy: the holder is told."""

    status = 422
    remedy = "Name an end of the secrecy that the policy allows, or none."


class EffectNotFailedError(NotPossibleError):
    """Only a failed effect can be tried again."""

    remedy = "Choose one of `goodstanding effects list --failed`."


class UnansweredError(GoodstandingError):
    """Nobody knows yet whether it happened."""

    status = 503
    remedy = "Ask again, with a command under the same command id; repeating is harmless."


class AccountBusyError(UnansweredError):
    """The outcome is unknown: ask again with the same command id."""


class ServiceUnreachableError(UnansweredError):
    """The service does not answer."""


class ConfigurationError(GoodstandingError):
    """The service is not set up as it has to be."""

    remedy = "Change the setting that is named, then start again."


class NotTheServiceError(ConfigurationError):
    """What answers at the address of the HTTP API is not the goodstanding service."""

    remedy = (
        "Set `api_url` to the API's own address, and let what stands before it pass its answers on."
    )


def all_errors() -> tuple[type[GoodstandingError], ...]:
    """Every error class of the product that is loaded, in the order of the tree."""

    def below(error: type[GoodstandingError]) -> list[type[GoodstandingError]]:
        return [error, *(found for child in error.__subclasses__() for found in below(child))]

    return tuple(below(GoodstandingError))


def error_of(code: str, message: str, field: str | None = None) -> GoodstandingError:
    """Turn a stable code back into its error; an unknown one becomes the root class."""
    found = next((error for error in all_errors() if error.__name__ == code), GoodstandingError)
    return found(message, field)
