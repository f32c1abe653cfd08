"""What follows from a command: the rules, and nothing else. One file for each chapter of the life.

`decide` is pure: it is given the record, the command and the context, and says what happens, without doing it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from goodstanding.domain.context import Context
from goodstanding.domain.decide import (
    appealing,
    closing,
    confirming,
    enforcing,
    joining,
    licensing,
    ordering,
    overturning,
    passing,
    qualifying,
    reading,
    renewing,
    reporting,
    reviewing,
    settling,
    undoing,
)
from goodstanding.domain.decide.roles import check_role
from goodstanding.domain.draft import Draft
from goodstanding.domain.events import Event
from goodstanding.domain.record import Record
from goodstanding.errors import (
    AccountNotFoundError,
    CommandStaleError,
    ConflictError,
    GoodstandingError,
)
from goodstanding.messages import (
    AnyCommand,
    Command,
    Internals,
    OpenProvider,
    PassTime,
    Refusal,
    Register,
    RetryEffect,
    SettleEffects,
)
from goodstanding.vocabulary import EffectKind


@dataclass(frozen=True, slots=True)
class Effects:
    """What the queue holds of the effects that a command names."""

    pending: Mapping[str, EffectKind] = field(default_factory=dict)
    failed: Mapping[str, EffectKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """What happens, what was made, and the record that results."""

    events: tuple[Event, ...]
    created: tuple[str, ...]
    record: Record


_STEPS: Mapping[str, Callable[[Draft, Any], None]] = {
    "register": joining.register,
    "accept_agreement": joining.accept_agreement,
    "open_provider": licensing.open_provider,
    "submit_identity": joining.submit_identity,
    "withdraw": joining.withdraw,
    "apply_for_qualification": qualifying.apply_for_qualification,
    "revoke_qualification": qualifying.revoke_qualification,
    "file_report": reporting.file_report,
    "record_violation": enforcing.record_violation,
    "decide_review": reviewing.decide_review,
    "lift_penalty": undoing.lift_penalty,
    "void_strike": undoing.void_strike,
    "overturn_decision": overturning.overturn_decision,
    "acknowledge_notice": reading.acknowledge_notice,
    "answer_hearing": confirming.answer_hearing,
    "file_appeal": appealing.file_appeal,
    "close_account": closing.close_account,
    "erase": closing.erase,
    "record_licence": licensing.record_licence,
    "record_order": ordering.record_order,
    "withdraw_order": ordering.withdraw_order,
}


def decide(
    record: Record,
    command: AnyCommand | Internals,
    context: Context,
    effects: Effects | None = None,
) -> Decided | Refusal:
    """Say what follows: what was due before this instant first, then the command itself.

    A refusal changes nothing; what was due then stays due. Raises `AccountNotFoundError` for a command to an
    account that does not exist and `ConflictError` where the record has moved on: neither is stored.
    """
    effects = effects or Effects()
    draft = Draft(record, context, _cause(command))
    if isinstance(command, Command):
        _check_reachable(record, command)
    try:
        if isinstance(command, Command):
            _check_asked(command, draft)
        if record.stage is not None:
            passing.pass_time(draft)
        draft.caused_by(_cause(command), draft.now)
        draft.created.clear()
        _carry_out(draft, command, effects)
        created = tuple(draft.created)
        renewing.ask_for_what_is_new(draft)
    except GoodstandingError as error:
        return Refusal(code=error.code, message=error.message, field=error.field)
    return Decided(tuple(draft.events), created, draft.record)


def _carry_out(draft: Draft, command: AnyCommand | Internals, effects: Effects) -> None:
    if isinstance(command, PassTime):
        return
    if isinstance(command, SettleEffects):
        settling.settle_effects(draft, command, dict(effects.pending))
        return
    if isinstance(command, RetryEffect):
        settling.retry_effect(draft, command, effects.failed.get(command.effect_id))
        return
    _STEPS[command.name](draft, command)


def _cause(command: AnyCommand | Internals) -> str:
    if isinstance(command, Command):
        return f"{command.account_id}.{command.command_id}"
    return command.account_id


def _check_reachable(record: Record, command: AnyCommand) -> None:
    opens = isinstance(command, Register | OpenProvider)
    if record.stage is None and not opens:
        raise AccountNotFoundError(f"No account {command.account_id}.", "account_id")
    if command.expected_seq is not None and command.expected_seq != record.seq:
        message = f"The record is at {record.seq}, not at {command.expected_seq}."
        raise ConflictError(message, "expected_seq")


def _check_asked(command: AnyCommand, draft: Draft) -> None:
    if command.expires_at is not None and command.expires_at <= draft.now:
        raise CommandStaleError(field="expires_at")
    check_role(command)
