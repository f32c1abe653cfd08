"""What ops see of a run: search attributes, details, the answer to a query, the result."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from goodstanding.messages import EffectRef, Message, Overview
from goodstanding.names import (
    ACCOUNT_STAGE,
    ACCOUNT_STANDING,
    NEXT_DEADLINE,
    POLICY_VERSION,
    WAITING_FOR,
)
from goodstanding.vocabulary import Stage


class RunView(Message):
    """What an account's run knows, and what it has in hand."""

    account_id: str
    seq: int
    stage: Stage | None
    standing: str | None
    waiting_for: str
    next_deadline: datetime | None
    next_due: str
    effects: tuple[EffectRef, ...]
    in_hand: tuple[str, ...]
    """The effects that an activity is at work on."""
    parked: tuple[str, ...]
    """What keeps the account from going on: mistakes of ours."""


class Asleep(Message):
    """How the account stood when its run completed; its record goes on without one."""

    account_id: str
    seq: int
    stage: Stage | None
    standing: str | None
    next_deadline: datetime | None


class Signs:
    """Search attributes and details, written only when they change."""

    def __init__(self) -> None:
        given = workflow.info().typed_search_attributes
        self._shown: dict[SearchAttributeKey[Any], Any] = {pair.key: pair.value for pair in given}

    def show_in_lists(
        self, overview: Overview | None, due: datetime | None, waiting_for: str
    ) -> None:
        """Let lists show how the account stands, and what it waits for until when."""
        wanted: dict[SearchAttributeKey[Any], Any] = {WAITING_FOR: waiting_for or None}
        if overview:
            wanted |= {
                ACCOUNT_STAGE: overview.stage.value,
                ACCOUNT_STANDING: overview.standing,
                POLICY_VERSION: overview.policy,
                NEXT_DEADLINE: due,
            }
        self._upsert(wanted)

    def show_details(self, overview: Overview | None, more: Sequence[str]) -> None:
        """Tell whoever opens the run what it is at."""
        details = overview.details if overview else "**no account**"
        workflow.set_current_details("\n".join([details, *more]))

    def carried_on(self) -> TypedSearchAttributes:
        """What the run that follows begins with: without what was unset, which one server hands on as null."""
        return TypedSearchAttributes(
            [
                SearchAttributePair(key, value)
                for key, value in self._shown.items()
                if value is not None
            ]
        )

    def _upsert(self, wanted: dict[SearchAttributeKey[Any], Any]) -> None:
        changes: list[SearchAttributeUpdate[Any]] = []
        for key, value in wanted.items():
            if value != self._shown.get(key):
                changes.append(key.value_unset() if value is None else key.value_set(value))
                self._shown[key] = value
        if changes:
            workflow.upsert_search_attributes(changes)
