"""An authority for trying out: it acknowledges what is filed, and keeps it."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from goodstanding.names import account_of
from goodstanding.webhooks import WebhookRefusedError, verified


@dataclass(frozen=True)
class Filing:
    """One filing as it was received."""

    filing_id: str
    kind: str
    body: dict[str, Any]
    receipt: str

    @property
    def account_id(self) -> str:
        """The account that it is about."""
        return account_of(self.filing_id)


@dataclass
class _Fault:
    kind: str | None
    account_id: str | None
    left: int

    def fits(self, filing_id: str, kind: str) -> bool:
        return (
            self.left > 0
            and self.kind in (None, kind)
            and self.account_id in (None, account_of(filing_id))
        )


class AuthorityService:
    """Answers `POST /filings`; the same filing again gets the same receipt, a changed one 409."""

    def __init__(self, secret: str) -> None:
        self.filings: list[Filing] = []
        """In the order in which they were acknowledged."""
        self.attempts: list[str] = []
        """The filing ids of all requests with a good signature, repeats and failures too."""
        self.app = FastAPI(openapi_url=None)
        self.app.add_api_route("/filings", self._file, methods=["POST"])
        self._secret = secret
        self._faults: list[_Fault] = []

    def fail_first(
        self, times: int, *, kind: str | None = None, account_id: str | None = None
    ) -> None:
        """Answer the next requests of this kind, about this account, with 503; None is any."""
        self._faults.append(_Fault(kind, account_id, times))

    async def _file(self, request: Request) -> JSONResponse:
        try:
            verified(self._secret, request.headers, await request.body())
        except WebhookRefusedError as error:
            return JSONResponse({"error": error.code}, error.status)
        sent = await request.json()
        filing_id = request.headers.get("idempotency-key", "")
        self.attempts.append(filing_id)
        for fault in self._faults:
            if fault.fits(filing_id, sent["kind"]):
                fault.left -= 1
                return JSONResponse({"error": "unavailable"}, 503)
        return self._acknowledge(filing_id, sent["kind"], sent["body"])

    def _acknowledge(self, filing_id: str, kind: str, body: dict[str, Any]) -> JSONResponse:
        known = next((filing for filing in self.filings if filing.filing_id == filing_id), None)
        if known is None:
            known = Filing(filing_id, kind, body, receipt=f"R-{len(self.filings) + 1}")
            self.filings.append(known)
        if (known.kind, known.body) != (kind, body):
            return JSONResponse({"error": "filed_otherwise"}, 409)
        return JSONResponse({"receipt": known.receipt})
