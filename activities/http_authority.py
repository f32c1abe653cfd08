"""Filing with an authority over HTTP.

`POST {url}/filings`, signed, `{filing_id, kind, body}`; acknowledged by 2xx and `{"receipt": ...}`.
"""

from collections.abc import Mapping

import httpx
from pydantic import BaseModel, ConfigDict

from activities.signed_post import NoAnswerError, is_refusal, post_signed
from goodstanding.messages import Code


class AuthorityUnavailableError(Exception):
    """The authority did not acknowledge the filing; file it again under the same id."""


class FilingRefusedError(Exception):
    """The authority refuses this filing as it stands; filing it again cannot help."""


class _Acknowledgement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    receipt: Code


class HttpAuthority:
    """An authority that takes filings over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/filings"
        self._secret = secret

    async def file(self, filing_id: str, kind: str, body: Mapping[str, object]) -> str:
        """File and return the receipt; a repeat under the same id gets the same receipt.

        Raises AuthorityUnavailableError, FilingRefusedError.
        """
        payload = {"filing_id": filing_id, "kind": kind, "body": dict(body)}
        try:
            response = await post_signed(self._client, self._url, self._secret, filing_id, payload)
        except NoAnswerError as error:
            raise AuthorityUnavailableError(f"Filing {filing_id}: {error}") from error
        answered = f"the authority answered with HTTP status {response.status_code}"
        if is_refusal(response):
            raise FilingRefusedError(f"Filing {filing_id}: {answered}.")
        if not response.is_success:
            raise AuthorityUnavailableError(f"Filing {filing_id}: {answered}.")
        receipt = _receipt(response)
        if receipt is None:
            raise AuthorityUnavailableError(f"Filing {filing_id}: {answered} and no receipt.")
        return receipt


def _receipt(response: httpx.Response) -> str | None:
    try:
        return _Acknowledgement.model_validate_json(response.content).receipt
    except ValueError:
        # what came instead may repeat the filing, and the error would hold it
        return None
