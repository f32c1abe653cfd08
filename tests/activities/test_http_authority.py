"""Filing with an authority that really answers over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from activities.http_authority import (
    AuthorityUnavailableError,
    FilingRefusedError,
    HttpAuthority,
)
from examples.services.authority import AuthorityService
from examples.services.serving import running
from goodstanding.webhooks import new_secret

SECRET = new_secret()
FILING = "a18.c2.1"
BODY = {"display_name": "柳县水务办", "category": "public_body"}


@asynccontextmanager
async def filing_with(app: FastAPI, secret: str = SECRET) -> AsyncIterator[HttpAuthority]:
    async with running(app) as url, httpx.AsyncClient() as client:
        yield HttpAuthority(client, url, secret)


async def test_a_filing_is_acknowledged_with_a_receipt_and_kept_as_it_was_sent():
    service = AuthorityService(SECRET)

    async with filing_with(service.app) as authority:
        receipt = await authority.file(FILING, "public_account", BODY)

    kept = service.filings[0]
    assert receipt == kept.receipt == "R-1"
    assert (kept.filing_id, kept.account_id, kept.kind) == (FILING, "a18", "public_account")
    assert kept.body == BODY


async def test_a_repeat_gets_the_same_receipt_and_is_filed_once():
    service = AuthorityService(SECRET)

    async with filing_with(service.app) as authority:
        first = await authority.file(FILING, "public_account", BODY)
        other = await authority.file("a01.c9.1", "qualification_changed", {})
        again = await authority.file(FILING, "public_account", BODY)

    assert (first, other, again) == ("R-1", "R-2", "R-1")
    assert [filing.filing_id for filing in service.filings] == [FILING, "a01.c9.1"]


async def test_an_endpoint_that_fails_twice_acknowledges_the_third_time():
    service = AuthorityService(SECRET)
    service.fail_first(2, kind="public_account", account_id="a18")

    async with filing_with(service.app) as authority:
        for _ in range(2):
            with pytest.raises(AuthorityUnavailableError, match="503"):
                await authority.file(FILING, "public_account", BODY)
        others = await authority.file("a01.c9.1", "public_account", {})
        receipt = await authority.file(FILING, "public_account", BODY)

    assert (others, receipt) == ("R-1", "R-2")
    assert service.attempts == [FILING, FILING, "a01.c9.1", FILING]


async def test_another_body_under_the_same_id_is_refused_without_repeating_it():
    service = AuthorityService(SECRET)

    async with filing_with(service.app) as authority:
        await authority.file(FILING, "public_account", BODY)
        with pytest.raises(FilingRefusedError, match=rf"{FILING}.*409") as caught:
            await authority.file(FILING, "public_account", {"display_name": "别的名字"})

    assert "别的名字" not in str(caught.value)
    assert len(service.filings) == 1


async def test_a_signature_with_another_secret_is_tried_again_and_files_nothing():
    service = AuthorityService(SECRET)

    async with filing_with(service.app, secret=new_secret()) as authority:
        with pytest.raises(AuthorityUnavailableError, match="401"):
            await authority.file(FILING, "public_account", BODY)

    assert service.filings == []


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(Response(status_code=204), id="empty"),
        pytest.param(JSONResponse({"receipt": "no receipt of ours"}), id="not to be kept"),
        pytest.param(Response(status_code=302, headers={"location": "/other"}), id="elsewhere"),
    ],
)
async def test_without_a_receipt_nothing_was_acknowledged(response: Response):
    app = FastAPI(openapi_url=None)

    async def answer() -> Response:
        return response

    app.add_api_route("/filings", answer, methods=["POST"])
    async with filing_with(app) as authority:
        with pytest.raises(AuthorityUnavailableError):
            await authority.file(FILING, "public_account", BODY)


async def test_an_authority_out_of_reach_is_tried_again():
    async with running(FastAPI(openapi_url=None)) as url:
        pass

    async with httpx.AsyncClient() as client:
        with pytest.raises(AuthorityUnavailableError, match=f"{FILING}.*ConnectError") as caught:
            await HttpAuthority(client, url, SECRET).file(FILING, "public_account", BODY)

    cause = caught.value.__cause__
    assert cause is not None
    assert cause.__context__ is None
