import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from temporalio.exceptions import ApplicationError

from activities.ledger import InternalRefusedError, LedgerActivities
from goodstanding.envelope import guard
from goodstanding.keys import SymmetricKey
from goodstanding.messages import (
    AcknowledgeNotice,
    Answer,
    CloseAccount,
    OpenProvider,
    PassTime,
    Refusal,
    Transacted,
    Transaction,
    Withdraw,
)
from goodstanding.sealing import open_sealed
from goodstanding.vocabulary import Stage
from storage.accounts import RecordMovedOnError
from storage.tables import (
    AccountRow,
    CommandRow,
    EventRow,
)
from tests.storage.ledgers import (
    D0,
    HOLDER,
    IDENTITY,
    PASSED,
    POLICY,
    SYSTEM,
    Ledger,
)


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[str]]:
    """The statements that are sent to the record's database."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    engine = ledger.database.engines[0].sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


class TestCommands:
    async def test_a_registration_is_recorded_with_its_answer(self, ledger: Ledger):
        told = await ledger.tell(ledger.register())

        assert told.answer.stage is Stage.REGISTERING
        assert (told.answer.seq, told.answer.at, told.answer.standing) == (1, D0, "good")
        assert (await ledger.record()).seq == 1
        (row,) = await ledger.rows(EventRow)
        assert (row["kind"], row["actor"]) == ("Registered", "holder:holder-1")
        assert row["command_id"] == "register"

    async def test_a_command_applied_twice_changes_nothing(self, ledger: Ledger):
        await ledger.active()
        command = ledger.violation()
        first = await ledger.tell(command)
        before = await ledger.everything()
        ledger.now += timedelta(minutes=5)

        again = await ledger.tell(command)

        assert again.answer == first.answer
        assert await ledger.everything() == before

    async def test_what_was_in_a_command_cannot_be_tried_out_on_its_row(self, ledger: Ledger):
        command = ledger.register()
        await ledger.tell(command)

        (row,) = await ledger.rows(CommandRow)

        assert command.digest not in row["guard"]
        assert row["guard"] == guard(
            ledger.keys.pepper, command.account_id, command.command_id, command.digest
        )

    async def test_a_repeat_is_known_again_after_the_pepper_was_changed(self, ledger: Ledger):
        command = ledger.register()
        first = await ledger.tell(command)
        newer = SymmetricKey("pepper-2", b"2" * 32)
        keys = replace(ledger.keys, peppers=(newer, *ledger.keys.peppers))
        later = LedgerActivities(ledger.database.sessions, ledger.vault, ledger.book, keys)

        again = await later.transact(Transaction.of(command, ledger.now))

        assert again.answer == first.answer

    async def test_a_repeat_gets_the_first_answer_whatever_happened_since(self, ledger: Ledger):
        await ledger.active()
        command = ledger.violation()
        first = await ledger.tell(command)
        await ledger.pass_time(D0 + timedelta(days=200))

        again = await ledger.tell(command)

        assert again.answer == first.answer
        assert again.agenda.next_deadline != first.agenda.next_deadline

    async def test_another_body_under_a_known_id_is_a_conflict(self, ledger: Ledger):
        await ledger.tell(ledger.register())

        with pytest.raises(ApplicationError) as raised:
            await ledger.tell(ledger.register(display_name="Another"))

        assert (raised.value.type, raised.value.non_retryable) == ("ConflictError", True)

    async def test_a_record_that_moved_on_is_a_conflict_and_nothing_is_stored(self, ledger: Ledger):
        await ledger.tell(ledger.register())

        with pytest.raises(ApplicationError) as raised:
            await ledger.send(Withdraw, HOLDER, expected_seq=7)

        assert raised.value.type == "ConflictError"
        assert len(await ledger.rows(CommandRow)) == 1

    async def test_a_refusal_is_stored_and_leaves_the_record_alone(self, ledger: Ledger):
        await ledger.tell(ledger.register())
        before = await ledger.row(AccountRow)
        command = CloseAccount(account_id=ledger.id, command_id="close", actor=HOLDER)

        refused = await ledger.tell(command)

        assert refused.answer.refusal
        assert refused.answer.refusal.code == "WrongStageError"
        assert (refused.answer.seq, refused.answer.stage) == (1, Stage.REGISTERING)
        assert await ledger.row(AccountRow) == before
        assert (await ledger.tell(command)).answer == refused.answer

    async def test_a_refused_registration_is_stored_without_an_account(self, ledger: Ledger):
        command = ledger.register(kind="unheard_of")

        refused = await ledger.tell(command)
        again = await ledger.tell(command)

        assert refused.answer.refusal
        assert refused.answer.refusal.code == "KindNotFoundError"
        assert (refused.answer.seq, refused.answer.stage, refused.answer.standing) == (
            0,
            None,
            None,
        )
        assert again == refused
        assert not await ledger.rows(AccountRow)
        with pytest.raises(ApplicationError, match="another body"):
            await ledger.tell(ledger.register())

    async def test_a_registration_under_an_unknown_policy_is_refused(self, ledger: Ledger):
        refused = await ledger.tell(ledger.register(policy_id="unheard-of"))

        assert refused.answer.refusal
        assert refused.answer.refusal.code == "PolicyNotFoundError"

    async def test_what_the_product_itself_asks_for_is_never_refused_in_silence(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ):
        """The run would ask again at once, for ever; raised, it is seen and tried at intervals."""
        await ledger.active()
        refusal = Refusal(code="PolicyNotFoundError", message="No policy is in force.")
        monkeypatch.setattr("activities.ledger.decide", lambda *_: refusal)

        with pytest.raises(InternalRefusedError, match="No policy is in force"):
            await ledger.tell(PassTime(account_id=ledger.id))

    async def test_after_a_refused_registration_a_corrected_one_opens_the_account(
        self, ledger: Ledger
    ):
        await ledger.tell(ledger.register(kind="unheard_of"))

        told = await ledger.tell(ledger.register(command_id="again"))

        assert told.answer.stage is Stage.REGISTERING

    async def test_a_second_registration_of_one_account_is_refused(self, ledger: Ledger):
        await ledger.tell(ledger.register())

        refused = await ledger.tell(ledger.register(command_id="another"))

        assert refused.answer.refusal
        assert refused.answer.refusal.code == "AlreadyRegisteredError"
        assert refused.answer.seq == 1

    async def test_a_command_to_an_unknown_account_fails_and_is_not_stored(self, ledger: Ledger):
        with pytest.raises(ApplicationError) as raised:
            await ledger.tell(ledger.violation())

        assert (raised.value.type, raised.value.non_retryable) == ("AccountNotFoundError", True)
        assert not await ledger.rows(CommandRow)

    async def test_time_passes_over_an_account_that_does_not_exist(self, ledger: Ledger):
        told = await ledger.pass_time()
        settled = await ledger.settle("unheard-of.1")

        assert told == settled
        assert (told.answer.seq, told.answer.stage, told.answer.standing) == (0, None, None)
        assert (told.agenda.effects, told.agenda.next_deadline) == ((), None)

    async def test_nothing_is_written_where_nothing_happens(self, ledger: Ledger):
        await ledger.active()
        before = await ledger.everything()

        with counted(ledger) as said:
            await ledger.tell(PassTime(account_id=ledger.id))

        assert await ledger.everything() == before
        assert len([one for one in said if not one.startswith("BEGIN")]) == 1

    async def test_an_answer_without_events_is_stored_too(self, ledger: Ledger):
        await ledger.active()
        told = await ledger.tell(ledger.violation())
        notice_id = told.answer.created[-1]
        await ledger.send(AcknowledgeNotice, HOLDER, notice_id=notice_id)
        seq = (await ledger.record()).seq

        again = await ledger.send(AcknowledgeNotice, HOLDER, notice_id=notice_id)

        assert (again.answer.refusal, again.answer.seq) == (None, seq)
        assert again.answer == _stored(await ledger.rows(CommandRow), f"c{ledger.sent}")

    async def test_nothing_is_recorded_before_the_last_event(self, ledger: Ledger):
        await ledger.active()
        ledger.now = D0 - timedelta(seconds=30)

        told = await ledger.tell(ledger.violation())

        assert told.answer.at == D0

    async def test_a_decision_costs_few_statements(self, ledger: Ledger):
        await ledger.active()

        before = len(await ledger.rows(EventRow))

        with counted(ledger) as said:
            await ledger.tell(ledger.violation())

        assert len(await ledger.rows(EventRow)) == before + 5
        # now and then the policies are looked for besides
        statements = [
            one for one in said if not one.startswith("BEGIN") and "FROM policy" not in one
        ]
        # read, insert, update; on SQLite, in this process, one insert for each table
        most = 3 if ledger.database.url.startswith("postgresql") else 10
        assert len(statements) <= most, statements

    async def test_what_fails_before_the_commit_is_not_there(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ):
        await ledger.tell(ledger.register())
        before = await ledger.everything()
        command = ledger.submit()

        async def unreachable(*_: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr(ledger.vault, "put_sealed", unreachable)
            with pytest.raises(ConnectionError):
                await ledger.tell(command)

        assert await ledger.everything() == before
        assert (await ledger.tell(command)).answer.stage is Stage.VERIFYING


class TestAtOnce:
    async def test_two_commands_to_one_account_leave_a_sound_chain(self, ledger: Ledger):
        """The workflow never does this; a worker that was thought dead might."""
        await ledger.active()

        async def until_done(n: int) -> Transacted:
            while True:
                try:
                    return await ledger.tell(ledger.violation(n))
                except (RecordMovedOnError, IntegrityError):
                    continue

        told = await asyncio.gather(*(until_done(n) for n in range(6)))

        assert len({one.answer.seq for one in told}) == 6
        assert len((await ledger.record()).decisions) == 6
        assert await ledger.findings() == []

    async def test_the_same_command_twice_at_once_is_carried_out_once(self, ledger: Ledger):
        await ledger.active()

        async def until_done() -> Transacted:
            while True:
                try:
                    return await ledger.tell(ledger.violation())
                except (RecordMovedOnError, IntegrityError):
                    continue

        one, other = await asyncio.gather(until_done(), until_done())

        assert one.answer == other.answer
        assert len((await ledger.record()).decisions) == 1

    async def test_of_two_activations_under_a_cap_of_one_exactly_one_wins(self, ledger: Ledger):
        rivals = [ledger.at(f"{ledger.id}-{n}") for n in range(2)]
        for one in rivals:
            effect_id = await one.submitted(fingerprint=ledger.id, kind="public")
            assert effect_id == f"{one.id}.identity.1"

        told = await asyncio.gather(
            *(one.settle(f"{one.id}.identity.1", verified=PASSED) for one in rivals)
        )

        assert sorted(str(one.answer.stage) for one in told) == ["active", "declined"]
        (lost,) = [one for one in told if one.answer.stage is Stage.DECLINED]
        ended = (await ledger.at(lost.answer.account_id).record()).ended
        assert ended
        assert ended.reason_code == "account_cap"


class TestVault:
    async def test_the_first_sealed_identity_wins(self, ledger: Ledger):
        await ledger.tell(ledger.register())
        first, second = ledger.submit(), ledger.submit()
        assert first.sealed != second.sealed

        told = await ledger.tell(first)
        again = await ledger.tell(second)

        assert again.answer == told.answer
        kept = await ledger.vault.sealed(told.answer.created[0])
        assert kept
        assert (kept.account_id, kept.actor_id, kept.identity) == (
            ledger.id,
            HOLDER.id,
            first.sealed,
        )
        opened = open_sealed(
            kept.identity, account_id=ledger.id, actor_id=HOLDER.id, keys=ledger.keys.sealing
        )
        assert opened == IDENTITY

    async def test_no_identity_is_in_the_record(self, ledger: Ledger):
        await ledger.active()

        said = str(await ledger.everything())

        assert IDENTITY.number not in said
        assert IDENTITY.name not in said


class TestProvider:
    async def test_opening_it_again_changes_nothing(self, own_ledger: Ledger):
        provider = own_ledger.at("provider")
        before = await provider.record()

        told = await provider.tell(
            OpenProvider(account_id="provider", command_id="again", actor=SYSTEM, policy_id=POLICY)
        )

        assert told.answer.refusal is None
        assert await provider.record() == before

    async def test_a_lapsed_licence_of_the_platform_is_seen_at_once(self, own_ledger: Ledger):
        licences = own_ledger.book.at(POLICY, D0).policy.provider.licences
        assert any("public" in licence.register_kinds for licence in licences.values())
        await own_ledger.tell(own_ledger.register(kind="public"))
        late = own_ledger.at("a2")
        late.now = D0 + timedelta(days=4002)

        refused = await late.tell(late.register(kind="public"))

        assert refused.answer.refusal
        assert refused.answer.refusal.code == "ProviderUnqualifiedError"


def _stored(commands: list[dict[str, Any]], command_id: str) -> Answer:
    (row,) = [one for one in commands if one["command_id"] == command_id]
    return Answer.model_validate_json(row["answer"])
