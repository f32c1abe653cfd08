"""The platform's own account: how it is opened, and the licences that it holds."""

from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import LicenceHeld
from goodstanding.errors import LicenceNotFoundError, MalformedError, WrongStageError
from goodstanding.messages import OpenProvider, RecordLicence
from goodstanding.policy.durations import end_of, start_of
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Role


def open_provider(draft: Draft, command: OpenProvider) -> None:
    """Open the account that is the platform itself; doing so again changes nothing."""
    if command.account_id != PROVIDER_ACCOUNT or command.actor.role is not Role.SYSTEM:
        raise WrongStageError("Only the service opens the account `provider`.")
    draft.context.book.at(command.policy_id, draft.now)
    if draft.record.stage is None or draft.record.policy_id != command.policy_id:
        draft.add(e.ProviderOpened(command.policy_id))


def record_licence(draft: Draft, command: RecordLicence) -> None:
    """Enter a licence that the platform holds, with its end and the alarms before it; one held already stays."""
    if not draft.record.is_provider:
        raise WrongStageError("Licences of the platform are recorded on the account `provider`.")
    asked = draft.policy.provider.licences.get(command.code)
    if asked is None:
        known = ", ".join(draft.policy.provider.licences) or "none"
        message = f"The policy asks for no licence {command.code}; it asks for {known}."
        raise LicenceNotFoundError(message, "code")
    licence, zone = command.licence, draft.policy.zone
    until = end_of(licence.valid_to, zone)
    if until <= draft.now:
        raise MalformedError("licence.valid_to: the licence has ended.", "licence.valid_to")
    since = start_of(licence.valid_from, zone)
    given = (command.code, licence.number, licence.authority, since, until)
    if given in {_as_given(held) for held in draft.record.licences}:
        return
    draft.add(
        e.LicenceRecorded(
            draft.new_id(),
            command.code,
            licence.number,
            licence.authority,
            since,
            until,
            draft.reminders(asked.remind_before, until),
        )
    )


def _as_given(held: LicenceHeld) -> tuple[str, str, str, datetime, datetime]:
    return held.code, held.number, held.authority, held.valid_from, held.valid_until
