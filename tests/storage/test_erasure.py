from datetime import timedelta

from sqlalchemy import delete, update

from goodstanding.messages import CloseAccount, Erase, PassTime
from goodstanding.vocabulary import Stage
from storage import queries
from storage.tables import AccountRow, HolderRow, NameRow, TextRow, table_of
from storage.texts import TextKeys
from tests.storage.ledgers import D0, HOLDER, Ledger


async def test_a_closed_account_is_erased_and_its_chain_stays_sound(ledger: Ledger):
    await ledger.active(display_name=f"Teahouse {ledger.id}")
    await ledger.send(CloseAccount, HOLDER)
    await ledger.pass_time(D0 + timedelta(days=15))

    told = await ledger.send(Erase, HOLDER)

    assert told.answer.stage is Stage.ERASED
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await ledger.rows(NameRow) == []
    assert await ledger.rows(HolderRow) == []
    assert "Teahouse" not in str(await ledger.everything())
    assert await ledger.findings() == []


async def test_texts_go_when_their_retention_ends(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())
    await ledger.send(CloseAccount, HOLDER)
    await ledger.pass_time(D0 + timedelta(days=200))
    assert any("forty times" in text for text in (await ledger.texts()).values())
    until = (await ledger.record()).texts_until
    assert until

    await ledger.pass_time(until)

    assert await ledger.texts() == {}
    assert await ledger.rows(TextRow) == []
    assert (await ledger.row(AccountRow))["text_key"] is None
    assert await ledger.findings() == []


async def test_a_sweep_that_comes_late_erases_all_the_same(ledger: Ledger):
    await ledger.active()
    await ledger.tell(ledger.violation())
    await ledger.send(CloseAccount, HOLDER)
    ledger.now = D0 + timedelta(days=5000)

    told = await ledger.tell(PassTime(account_id=ledger.id))

    assert (told.answer.stage, told.agenda.next_deadline) == (Stage.ERASED, None)
    assert await ledger.vault.open_identity(ledger.id) is None
    assert await ledger.rows(TextRow) == []
    assert (await ledger.row(AccountRow))["text_key"] is None
    assert await ledger.findings() == []


async def test_what_is_said_after_that_is_kept_under_another_key(ledger: Ledger):
    """No policy of today says anything then; an account without a text key still could."""
    await ledger.active()
    async with ledger.database.sessions.begin() as session:
        connection = await session.connection()
        account, text = table_of(AccountRow), table_of(TextRow)
        own = account.c.account_id == ledger.id
        await connection.execute(update(account).where(own).values(text_key=None))
        await connection.execute(delete(text).where(text.c.account_id == ledger.id))

    await ledger.tell(ledger.violation())

    assert any("forty times" in said for said in (await ledger.texts()).values())
    assert await ledger.findings() == []


async def test_the_notice_of_a_confirmed_decision_repeats_what_was_found(ledger: Ledger):
    await ledger.closed_by_penalty()

    async with ledger.database.reading() as session:
        keys = TextKeys(ledger.keys.wrapper)
        newest = (await queries.notices(session, keys, ledger.id))[0]

    assert newest.row.kind == "account_closed"
    assert newest.text
    assert "forty times" in newest.text
