"""What an authority is told: an organisation by its name, a person never, and every reading of it in the ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.exceptions import ApplicationError

from activities.filings import NO_AUTHORITY, REFUSED, FilingActivities
from activities.http_authority import AuthorityUnavailableError, HttpAuthority
from examples.services.authority import AuthorityService
from examples.services.serving import running
from goodstanding.domain.filings import UNFILED_BUT_OPENED
from goodstanding.messages import (
    ApplyForQualification,
    SettleEffects,
    Settlement,
    Verified,
)
from goodstanding.sealing import Identity, Operator
from goodstanding.vocabulary import EffectKind, Outcome, Verdict
from goodstanding.webhooks import new_secret
from storage.events import event_of
from storage.tables import EventRow
from tests.storage.ledgers import ASH, HOLDER, LICENCE, PASSED, Ledger, ledger_on

SECRET = new_secret()
NAME = "柳县无名日报社"
OPERATOR = Operator(
    document="resident_identity_number", number="made-up-2", name="无名氏甲", country="CN"
)
ORGANISATION = Identity(
    document="organisation_code", number="made-up-3", name=NAME, country="CN", operator=OPERATOR
)
PERSON = Identity(
    # an operator whom nobody asked for makes no organisation of a person
    document="resident_identity_number",
    number="made-up-4",
    name="无名氏乙",
    country="CN",
    operator=OPERATOR,
)


@pytest.fixture(scope="module")
async def one_ledger(tmp_path_factory) -> AsyncIterator[Ledger]:
    folder = tmp_path_factory.mktemp("filings")
    urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("record", "vault")]
    async with ledger_on(urls[0], urls[1], folder / "keys") as ledger:
        await ledger.open_provider()
        yield ledger


@pytest.fixture
def ledger(one_ledger: Ledger) -> Ledger:
    return replace(one_ledger, id=f"a-{uuid4().hex[:12]}", sent=0)


@asynccontextmanager
async def filing(
    ledger: Ledger, service: AuthorityService, to: str = "content_authority"
) -> AsyncIterator[FilingActivities]:
    async with running(service.app) as url, httpx.AsyncClient() as client:
        authorities = {to: HttpAuthority(client, url, SECRET)}
        yield FilingActivities(ledger.database.reading, ledger.vault, authorities)


async def due(ledger: Ledger, identity: Identity, holder_type: str = "news_organisation") -> Any:
    """The filing of a public account that was just approved."""
    reference = await ledger.submitted(kind="public", holder_type=holder_type)
    await ledger.vault.keep(reference, ledger.id, identity, f"of {ledger.id}")
    await ledger.settle(reference, verified=PASSED)
    await ledger.deliver()
    applied = await ledger.send(
        ApplyForQualification, HOLDER, qualification="public_account", licence=LICENCE
    )
    told = await ledger.vote(applied.answer.created[1], Verdict.GRANT, ASH)
    (found,) = [one for one in told.agenda.effects if one.kind is EffectKind.FILING]
    return found


async def settled(ledger: Ledger, settlement: Settlement) -> list[tuple[str, str]]:
    """Hand over how it ended; who has opened the identity so far, and what for."""
    await ledger.tell(SettleEffects(account_id=ledger.id, settlements=(settlement,)))
    rows = await ledger.rows(EventRow)
    events = [event_of(row["kind"], row["version"], row["body"]) for row in rows]
    record = await ledger.record()
    opened = [event for event in events if type(event).__name__ == "IdentityOpened"]
    assert {event.verification_id for event in opened} == {record.verification.verification_id}
    return [(event.opened_by, event.purpose) for event in opened]


async def test_r17_an_organisation_is_filed_under_its_name_and_nobodys_number(ledger):
    service = AuthorityService(SECRET)
    effect = await due(ledger, ORGANISATION)

    async with filing(ledger, service) as filings:
        await filings.file_with_authority(effect)

    (filed,) = service.filings
    assert filed.body["organisation_name"] == NAME
    assert filed.body["category"] == "news_organisation"
    told = str(filed)
    assert not any(one in told for one in (ORGANISATION.number, OPERATOR.name, OPERATOR.number))


async def test_r8_reading_the_name_for_a_filing_is_in_the_ledger_once(ledger):
    service = AuthorityService(SECRET)
    service.fail_first(2)
    effect = await due(ledger, ORGANISATION)

    async with filing(ledger, service) as filings:
        for _ in range(2):
            with pytest.raises(ApplicationError):
                await filings.file_with_authority(effect)
        settlement = await filings.file_with_authority(effect)

    assert settlement.opened
    assert await settled(ledger, settlement) == [("verifier", "verification"), ("filer", "filing")]
    kinds = [row["kind"] for row in await ledger.rows(EventRow)]
    assert kinds[-2:] == ["IdentityOpened", "FilingAcknowledged"]


async def test_r8_a_person_is_never_named_and_not_even_opened(ledger):
    service = AuthorityService(SECRET)
    effect = await due(ledger, PERSON, "person")

    async with filing(ledger, service) as filings:
        settlement = await filings.file_with_authority(effect)

    (filed,) = service.filings
    assert filed.body["organisation_name"] == ""
    assert not any(one in str(filed) for one in (PERSON.name, PERSON.number, OPERATOR.name))
    assert settlement.delivered
    assert not settlement.opened
    assert await settled(ledger, settlement) == [("verifier", "verification")]


async def test_r8_a_person_who_was_verified_in_the_place_of_an_organisation_is_not_named(ledger):
    """A policy may let somebody without an organisation code show their own document."""
    service = AuthorityService(SECRET)
    effect = await due(ledger, PERSON)

    async with filing(ledger, service) as filings:
        settlement = await filings.file_with_authority(effect)

    assert service.filings[0].body["organisation_name"] == ""
    assert ("filer", "filing") in await settled(ledger, settlement)


async def test_r8_what_was_opened_is_in_the_ledger_though_the_filing_was_refused(ledger):
    service = AuthorityService(SECRET)
    effect = await due(ledger, ORGANISATION)
    # it has other fields under this id
    service._acknowledge(effect.effect_id, "public_account", {})

    async with filing(ledger, service) as filings:
        settlement = await filings.file_with_authority(effect)

    assert settlement.error == REFUSED
    assert ("filer", "filing") in await settled(ledger, settlement)
    assert (await ledger.rows(EventRow))[-1]["kind"] == "EffectFailed"


async def test_r8_what_was_opened_is_in_the_ledger_though_nobody_took_the_filing(ledger):
    service = AuthorityService(SECRET)
    service.fail_first(1)
    effect = await due(ledger, ORGANISATION)

    async with filing(ledger, service) as filings:
        with pytest.raises(ApplicationError) as caught:
            await filings.file_with_authority(effect)

    assert NAME not in str(caught.value)
    assert caught.value.__cause__ is None
    # so the run settles what it gives up
    given_up = Settlement(effect_id=effect.effect_id, delivered=False, error=caught.value.type)
    assert ("filer", "filing") in await settled(ledger, given_up)
    assert given_up.error == UNFILED_BUT_OPENED


async def test_without_an_authority_nothing_is_opened(ledger):
    effect = await due(ledger, ORGANISATION)

    async with filing(ledger, AuthorityService(SECRET), to="somebody_else") as filings:
        settlement = await filings.file_with_authority(effect)

    assert (settlement.error, settlement.opened) == (NO_AUTHORITY, False)


async def test_what_was_not_opened_is_worth_another_attempt_as_before(ledger):
    service = AuthorityService(SECRET)
    service.fail_first(1)
    effect = await due(ledger, PERSON, "person")

    async with filing(ledger, service) as filings:
        with pytest.raises(AuthorityUnavailableError):
            await filings.file_with_authority(effect)


async def test_r8_an_identity_that_is_not_verified_yet_is_told_to_nobody(ledger):
    """During a renewal the vault may keep what a person still has to look at."""
    service = AuthorityService(SECRET)
    effect = await due(ledger, ORGANISATION)
    renewal = (await ledger.tell(ledger.submit().model_copy(update={"command_id": "new"}))).answer
    unsure = Verified(outcome=Outcome.INCONCLUSIVE)
    await ledger.settle(renewal.created[0], verified=unsure)

    async with filing(ledger, service) as filings:
        settlement = await filings.file_with_authority(effect)

    assert service.filings[0].body["organisation_name"] == ""
    assert not settlement.opened


async def test_after_erasure_there_is_no_name_to_tell(ledger):
    service = AuthorityService(SECRET)
    effect = await due(ledger, ORGANISATION)
    await ledger.vault.destroy(ledger.id)

    async with filing(ledger, service) as filings:
        settlement = await filings.file_with_authority(effect)

    assert service.filings[0].body["organisation_name"] == ""
    assert not settlement.opened
