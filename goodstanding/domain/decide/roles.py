"""Who may send what; the actor is named by whoever holds the credentials, and checked here."""

from collections.abc import Mapping

from goodstanding.errors import RoleNotAllowedError
from goodstanding.messages import AnyCommand
from goodstanding.vocabulary import PEOPLE, Role

_HOLDER = frozenset({Role.HOLDER, Role.PLATFORM})
_PERSON = PEOPLE
_OPS = frozenset({Role.PLATFORM, Role.SYSTEM})

ROLES: Mapping[str, frozenset[Role]] = {
    "register": _HOLDER,
    "accept_agreement": _HOLDER,
    "open_provider": frozenset({Role.SYSTEM}),
    "submit_identity": _HOLDER,
    "withdraw": _HOLDER,
    "apply_for_qualification": _HOLDER,
    "revoke_qualification": _PERSON,
    "file_report": frozenset(Role),
    "record_violation": _PERSON | {Role.DETECTOR},
    "decide_review": _PERSON,
    "lift_penalty": _PERSON,
    "void_strike": _PERSON,
    "overturn_decision": _PERSON | {Role.AUTHORITY},
    "acknowledge_notice": _HOLDER,
    "answer_hearing": _HOLDER,
    "file_appeal": _HOLDER,
    "close_account": _HOLDER,
    "erase": _HOLDER,
    "retry_effect": _OPS | _PERSON,
    "record_licence": _OPS,
    "record_order": _PERSON | {Role.PLATFORM, Role.AUTHORITY},
    "withdraw_order": _PERSON | {Role.PLATFORM},
}


def check_role(command: AnyCommand) -> None:
    """`RoleNotAllowedError` where the actor's role may not send this command."""
    allowed = ROLES[command.name]
    if command.actor.role not in allowed:
        may = ", ".join(sorted(allowed))
        message = f"{command.name} is not for the role {command.actor.role}; it is for {may}."
        raise RoleNotAllowedError(message, "actor.role")
