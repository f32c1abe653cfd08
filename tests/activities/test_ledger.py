import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, update
from sqlalchemy.exc import IntegrityError
from temporalio.exceptions import ApplicationError

from activities.ledger import InternalRefusedError
from goodstanding.domain.record import VerificationState
from goodstanding.messages import (
    AcknowledgeNotice,
    Answer,
    CloseAccount,
    Erase,
    OpenProvider,
    PassTime,
    Refusal,
    RetryEffect,
    Transacted,
    Verified,
    Withdraw,
)
from goodstanding.sealing import open_sealed
from goodstanding.vocabulary import EffectKind, EffectState, Outcome, ReviewKind, Stage, Verdict
from storage import audit, holders, queries
from storage.accounts import RecordMovedOnError
from storage.tables import (
    AccountRow,
    CommandRow,
    EffectRow,
    EventRow,
    HolderRow,
    NameRow,
    TextRow,
    table_of,
)
from storage.texts import TextKeys, read_texts
from tests.storage.ledgers import (
    BIRCH,
    CEDAR,
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


async def texts_of(ledger: Ledger) -> dict[str, str]:
    async with ledger.database.reading() as session:
        return dict(await read_texts(session, TextKeys(ledger.keys.wrapper), ledger.id))


async def findings(ledger: Ledger) -> list[audit.Finding]:
    async with ledger.database.reading() as session:
        return [f for f in await audit.verify(session) if f.account_id == ledger.id]


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
        statements = [one for one in said if not one.startswith("BEGIN")]
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
        assert await findings(ledger) == []

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


class TestHolders:
    async def test_only_open_accounts_of_the_same_kind_count(self, ledger: Ledger):
        first, second, third = (ledger.at(f"{ledger.id}-{n}") for n in range(3))
        await first.active(fingerprint=ledger.id, kind="public")
        await second.active(fingerprint=ledger.id, kind="private")
        await first.send(CloseAccount, HOLDER)
        await first.pass_time(D0 + timedelta(days=30))

        third.now = first.now
        told = await third.active(fingerprint=ledger.id, kind="public")

        assert told.answer.stage is Stage.ACTIVE

    async def test_an_identity_whose_account_was_closed_by_penalty_goes_to_a_person(
        self, ledger: Ledger
    ):
        closed = await _closed_by_penalty(ledger)
        back = ledger.at(f"{ledger.id}-back")
        back.now = closed.now + timedelta(days=1)

        effect_id = await back.submitted(fingerprint=ledger.id)
        told = await back.settle(effect_id, verified=PASSED)

        assert told.answer.stage is Stage.VERIFYING
        (review,) = (await back.record()).open_reviews()
        assert review.kind is ReviewKind.RETURN

    async def test_it_is_remembered_past_the_erasure_and_then_forgotten(self, ledger: Ledger):
        closed = await _closed_by_penalty(ledger)
        until = (await closed.record()).fingerprint_until
        assert until
        await _stays_closed(closed, until - timedelta(days=1))
        assert (await closed.record()).is_identity_erased
        assert await closed.vault.open_identity(closed.id) is None
        assert (await closed.row(HolderRow))["closed_until"] == until

        await _stays_closed(closed, until)

        assert await closed.rows(HolderRow) == []

    async def test_a_renewed_identity_takes_the_place_of_the_one_before(self, ledger: Ledger):
        await ledger.active()

        async with ledger.database.sessions.begin() as session:
            await holders.remember(session, ledger.id, "another")

        row = await ledger.row(HolderRow)
        assert (row["fingerprint"], row["is_open"], row["kind"]) == ("another", True, "private")

    async def test_a_check_that_comes_late_brings_nothing_back(self, ledger: Ledger):
        await ledger.submitted()
        await ledger.send(Withdraw, HOLDER)
        await ledger.send(Erase, HOLDER)

        async with ledger.database.sessions.begin() as session:
            await holders.remember(session, ledger.id, "late")
            await holders.remember(session, "unheard-of", "late")

        assert await ledger.rows(HolderRow) == []

    async def test_a_withdrawn_registration_is_forgotten_with_its_identity(self, ledger: Ledger):
        await ledger.submitted()
        await ledger.send(Withdraw, HOLDER)
        assert await ledger.vault.open_identity(ledger.id) == IDENTITY

        await ledger.send(Erase, HOLDER)

        assert await ledger.rows(HolderRow) == []
        assert await ledger.vault.open_identity(ledger.id) is None


class TestNames:
    async def test_a_name_like_that_of_an_account_with_a_mark_waits_for_a_person(
        self, ledger: Ledger
    ):
        name = f"灯湾通讯社 {ledger.id}"
        await ledger.badged(display_name=name)
        other = ledger.at(f"{ledger.id}-other")

        told = await other.tell(other.register(display_name=f"燈灣通訊社 {ledger.id}"))

        assert told.answer.refusal is None
        (review,) = (await other.record()).open_reviews()
        assert review.kind is ReviewKind.NAME
        doubted = (await other.rows(EventRow))[1]
        assert (doubted["kind"], f"folds_to:account:{ledger.id}" in doubted["body"]) == (
            "NameDoubted",
            True,
        )

    async def test_one_character_is_near_enough(self, ledger: Ledger):
        await ledger.badged(display_name=f"Lantern Bay {ledger.id}")
        other = ledger.at(f"{ledger.id}-other")

        await other.tell(other.register(display_name=f"Lantern Day {ledger.id}"))

        assert "one_character_from" in (await other.rows(EventRow))[1]["body"]

    async def test_names_of_accounts_without_a_mark_may_be_alike(self, ledger: Ledger):
        await ledger.active(display_name=f"Tea {ledger.id}")
        other = ledger.at(f"{ledger.id}-other")

        await other.tell(other.register(display_name=f"Tea {ledger.id}"))

        assert (await other.record()).open_reviews() == ()

    async def test_a_name_that_the_policy_protects_waits_for_a_person(self, ledger: Ledger):
        await ledger.tell(ledger.register(display_name="G00dstanding"))

        assert "policy:platform" in (await ledger.rows(EventRow))[1]["body"]

    async def test_the_name_of_a_closed_account_is_held_and_then_free(self, ledger: Ledger):
        name = f"Quiet {ledger.id}"
        await ledger.active(display_name=name)
        await ledger.send(CloseAccount, HOLDER)
        await ledger.pass_time(D0 + timedelta(days=16))
        assert (await ledger.row(NameRow))["is_held"]
        early, late = (ledger.at(f"{ledger.id}-{when}") for when in ("early", "late"))
        early.now = ledger.now

        await early.tell(early.register(display_name=name.upper()))
        await ledger.pass_time(D0 + timedelta(days=40))
        late.now = ledger.now
        await late.tell(late.register(display_name=name))

        assert [r.kind for r in (await early.record()).open_reviews()] == [ReviewKind.NAME]
        assert (await late.record()).open_reviews() == ()

    async def test_the_index_knows_who_has_a_mark(self, ledger: Ledger):
        await ledger.badged()
        assert (await ledger.row(NameRow))["is_badged"]
        assert (await ledger.row(AccountRow))["mark"] == "publish_and_reprint"

        await ledger.tell(ledger.violation(rule="news_beyond_right"))

        assert not (await ledger.row(NameRow))["is_badged"]
        assert (await ledger.row(AccountRow))["mark"] is None

    async def test_it_speaks_of_the_holder_by_the_display_name(self, ledger: Ledger):
        await ledger.active(display_name="Teahouse")

        assert any("Teahouse" in text for text in (await texts_of(ledger)).values())


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


class TestEffects:
    async def test_while_something_is_pending_the_account_wakes_now(self, ledger: Ledger):
        effect_id = await ledger.submitted()

        row = await ledger.row(AccountRow)
        told = await ledger.pass_time()

        assert (row["wake_at"], row["has_pending_effects"]) == (D0, True)
        assert [one.effect_id for one in told.agenda.effects] == [effect_id]
        assert told.agenda.effects[0].kind is EffectKind.VERIFICATION

    async def test_then_it_wakes_for_the_next_deadline(self, ledger: Ledger):
        told = await ledger.active()

        row = await ledger.row(AccountRow)

        assert row["wake_at"] == told.agenda.next_deadline
        assert not row["has_pending_effects"]

    async def test_an_account_to_which_nothing_will_happen_never_wakes(self, ledger: Ledger):
        await ledger.tell(ledger.register())
        await ledger.send(Withdraw, HOLDER)
        await ledger.deliver()
        await ledger.pass_time(D0 + timedelta(days=3000))
        await ledger.deliver()

        assert (await ledger.row(AccountRow))["wake_at"] is None

    async def test_what_waits_for_a_call_back_is_pending_but_not_on_the_agenda(
        self, ledger: Ledger
    ):
        effect_id = await ledger.submitted()

        told = await ledger.settle(effect_id, waits=True)

        assert told.agenda.effects == ()
        assert told.agenda.next_due == "provider_silent"
        row = await ledger.row(EffectRow)
        assert (row["state"], row["waits"], row["attempts"]) == (EffectState.PENDING, True, 1)
        assert (await ledger.row(AccountRow))["wake_at"] == told.agenda.next_deadline

    async def test_the_call_back_settles_it(self, ledger: Ledger):
        effect_id = await ledger.submitted()
        await ledger.settle(effect_id, waits=True)

        told = await ledger.settle(effect_id, verified=PASSED)

        assert told.answer.stage is Stage.ACTIVE
        row = (await ledger.rows(EffectRow))[0]
        assert (row["state"], row["waits"], row["attempts"]) == (EffectState.DELIVERED, False, 2)

    async def test_a_provider_that_stays_silent_leaves_nothing_pending(self, ledger: Ledger):
        effect_id = await ledger.submitted()
        await ledger.settle(effect_id, waits=True)

        await ledger.pass_time(D0 + timedelta(days=3))
        late = await ledger.settle(effect_id, verified=PASSED)

        row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect_id)
        assert (row["state"], row["last_error"]) == (EffectState.FAILED, "unanswered")
        assert late.answer.stage is Stage.VERIFYING
        assert (await ledger.record()).verification.state is VerificationState.IN_REVIEW

    async def test_a_settlement_of_what_is_settled_is_ignored(self, ledger: Ledger):
        effect_id = await ledger.submitted()
        await ledger.settle(effect_id, verified=PASSED)
        before = await ledger.everything()

        await ledger.settle(effect_id, verified=Verified(outcome=Outcome.FAIL))
        await ledger.settle("unheard-of.1")

        assert await ledger.everything() == before

    async def test_a_failed_effect_is_shown_and_blocks_nothing(self, ledger: Ledger):
        await ledger.active()
        told = await ledger.tell(ledger.violation())
        (effect,) = told.agenda.effects

        after = await ledger.settle(effect.effect_id, delivered=False, error="unreachable")

        assert after.agenda.effects == ()
        row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect.effect_id)
        assert (row["state"], row["last_error"]) == (EffectState.FAILED, "unreachable")
        assert (await ledger.rows(EventRow))[-1]["kind"] == "EffectFailed"

    async def test_a_failed_effect_is_tried_again_for_as_long_as_at_first(self, ledger: Ledger):
        await ledger.active()
        (effect,) = (await ledger.tell(ledger.violation())).agenda.effects
        await ledger.settle(effect.effect_id, delivered=False, error="unreachable")
        ledger.now += timedelta(days=20)

        told = await ledger.send(RetryEffect, SYSTEM, effect_id=effect.effect_id)

        (again,) = told.agenda.effects
        assert again.effect_id == effect.effect_id
        assert again.give_up_at == effect.give_up_at + timedelta(days=20)
        assert (await ledger.row(AccountRow))["wake_at"] == ledger.now
        settled = await ledger.settle(effect.effect_id)
        assert settled.agenda.effects == ()
        row = next(r for r in await ledger.rows(EffectRow) if r["effect_id"] == effect.effect_id)
        assert (row["state"], row["attempts"]) == (EffectState.DELIVERED, 2)

    async def test_what_has_not_failed_is_not_tried_again(self, ledger: Ledger):
        await ledger.active()
        (effect,) = (await ledger.tell(ledger.violation())).agenda.effects

        told = await ledger.send(RetryEffect, SYSTEM, effect_id=effect.effect_id)

        assert told.answer.refusal
        assert told.answer.refusal.code == "EffectNotFailedError"
        assert told.agenda.effects == (effect,)


class TestRecalling:
    async def test_the_notice_of_a_confirmed_decision_repeats_what_was_found(self, ledger: Ledger):
        await _closed_by_penalty(ledger)

        async with ledger.database.reading() as session:
            keys = TextKeys(ledger.keys.wrapper)
            newest = (await queries.notices(session, keys, ledger.id))[0]

        assert newest.row.kind == "account_closed"
        assert newest.text
        assert "forty times" in newest.text


class TestErasure:
    async def test_a_closed_account_is_erased_and_its_chain_stays_sound(self, ledger: Ledger):
        await ledger.active(display_name=f"Teahouse {ledger.id}")
        await ledger.send(CloseAccount, HOLDER)
        await ledger.pass_time(D0 + timedelta(days=15))

        told = await ledger.send(Erase, HOLDER)

        assert told.answer.stage is Stage.ERASED
        assert await ledger.vault.open_identity(ledger.id) is None
        assert await ledger.rows(NameRow) == []
        assert await ledger.rows(HolderRow) == []
        assert "Teahouse" not in str(await ledger.everything())
        assert await findings(ledger) == []

    async def test_texts_go_when_their_retention_ends(self, ledger: Ledger):
        await ledger.active()
        await ledger.tell(ledger.violation())
        await ledger.send(CloseAccount, HOLDER)
        await ledger.pass_time(D0 + timedelta(days=200))
        assert any("forty times" in text for text in (await texts_of(ledger)).values())
        until = (await ledger.record()).texts_until
        assert until

        await ledger.pass_time(until)

        assert await texts_of(ledger) == {}
        assert await ledger.rows(TextRow) == []
        assert (await ledger.row(AccountRow))["text_key"] is None
        assert await findings(ledger) == []

    async def test_a_sweep_that_comes_late_erases_all_the_same(self, ledger: Ledger):
        await ledger.active()
        await ledger.tell(ledger.violation())
        await ledger.send(CloseAccount, HOLDER)
        ledger.now = D0 + timedelta(days=5000)

        told = await ledger.tell(PassTime(account_id=ledger.id))

        assert (told.answer.stage, told.agenda.next_deadline) == (Stage.ERASED, None)
        assert await ledger.vault.open_identity(ledger.id) is None
        assert await ledger.rows(TextRow) == []
        assert (await ledger.row(AccountRow))["text_key"] is None
        assert await findings(ledger) == []

    async def test_what_is_said_after_that_is_kept_under_another_key(self, ledger: Ledger):
        """No policy of today says anything then; an account without a text key still could."""
        await ledger.active()
        async with ledger.database.sessions.begin() as session:
            connection = await session.connection()
            account, text = table_of(AccountRow), table_of(TextRow)
            own = account.c.account_id == ledger.id
            await connection.execute(update(account).where(own).values(text_key=None))
            await connection.execute(delete(text).where(text.c.account_id == ledger.id))

        await ledger.tell(ledger.violation())

        assert any("forty times" in said for said in (await texts_of(ledger)).values())
        assert await findings(ledger) == []


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


async def _closed_by_penalty(ledger: Ledger) -> Ledger:
    """An account that two people closed for a grave breach."""
    closed = ledger.at(ledger.id)
    await closed.active(fingerprint=ledger.id)
    await closed.tell(closed.violation(rule="threat_to_life"))
    (review,) = (await closed.record()).open_reviews(ReviewKind.CONFIRMATION)
    await closed.vote(review.review_id, Verdict.CONFIRM, BIRCH)
    await closed.deliver()
    assert (await closed.record()).stage is Stage.CLOSED
    return closed


async def _stays_closed(ledger: Ledger, until: datetime) -> None:
    """Each time somebody has to look at the closure again, it stands."""
    while ledger.now < until:
        await ledger.pass_time(min(ledger.now + timedelta(days=30), until))
        for review in (await ledger.record()).open_reviews(ReviewKind.REINSTATEMENT):
            await ledger.vote(review.review_id, Verdict.REFUSE, CEDAR)
