"""Filing with authorities what a policy says they are told."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.http_authority import (
    AuthorityUnavailableError,
    FilingRefusedError,
    HttpAuthority,
)
from goodstanding.domain.entries import VerificationState
from goodstanding.domain.filings import DISPLAY_NAME, ORGANISATION_NAME, UNFILED_BUT_OPENED
from goodstanding.messages import EffectRef, Settlement
from storage.effects import EffectBody, bodies
from storage.engine import Sessions
from storage.queries import record
from storage.tables import NameRow
from storage.vault import Vault

NO_AUTHORITY = "no_authority_configured"
"""The deployment does not know the authority that the policy names."""
REFUSED = "filing_refused"
"""The authority refuses the filing as it stands; sending it again cannot help."""


@dataclass(frozen=True)
class _Filing:
    kind: str
    fields: Mapping[str, str]
    is_opened: bool
    """An identity was read for it."""


class FilingActivities:
    """Sends filings; `authorities` has each under the word that policies use for it."""

    def __init__(
        self, sessions: Sessions, vault: Vault, authorities: Mapping[str, HttpAuthority]
    ) -> None:
        self._sessions = sessions
        self._vault = vault
        self._authorities = authorities

    @activity.defn
    async def file_with_authority(self, effect: EffectRef) -> Settlement:
        """File it; a repeat under the same id gets the same receipt.

        Raises where the authority does not take it now: that is worth another attempt.
        """
        async with self._sessions() as session:
            due = (await bodies(session, [effect.effect_id]))[effect.effect_id]
            authority = self._authorities.get(due.body["to"])
            if authority is None:
                # before anything is opened for it
                return Settlement(effect_id=effect.effect_id, delivered=False, error=NO_AUTHORITY)
            filing = await self._filled(session, due)
        return await _filed(authority, effect.effect_id, filing)

    async def _filled(self, session: AsyncSession, due: EffectBody) -> _Filing:
        """The filing with the names of today, which events do not hold."""
        fields = dict(due.body["fields"])
        if DISPLAY_NAME in fields:
            name = await session.get(NameRow, due.account_id)
            fields[DISPLAY_NAME] = name.plain if name else ""
        identity = None
        if ORGANISATION_NAME in fields:
            persons = await _documents_of_operators(session, due.account_id)
            # a person's identity is not even opened
            identity = await self._vault.open_identity(due.account_id) if persons else None
            if identity and identity.document not in persons:
                fields[ORGANISATION_NAME] = identity.name
        return _Filing(due.body["kind"], fields, is_opened=identity is not None)


async def _documents_of_operators(session: AsyncSession, account_id: str) -> frozenset[str]:
    """With which documents a person vouched for the holder; none unless it is a verified organisation.

    Only an organisation is verified together with somebody who acts for it. While a renewal is not settled, the
    record names the renewal, and no longer by which documents the identity in the vault was verified.
    """
    account = await record(session, account_id)
    if account is None or account.verification.state is not VerificationState.VERIFIED:
        return frozenset()
    asked = account.verification.verification_id or ""
    found = (await bodies(session, [asked])).get(asked)
    return frozenset(found.body["operator_documents"]) if found else frozenset()


async def _filed(authority: HttpAuthority, effect_id: str, filing: _Filing) -> Settlement:
    try:
        receipt = await authority.file(effect_id, filing.kind, filing.fields)
    except FilingRefusedError:
        return Settlement(
            effect_id=effect_id, delivered=False, error=REFUSED, opened=filing.is_opened
        )
    except AuthorityUnavailableError as error:
        if filing.is_opened:
            # the only word that is left of this attempt, should it be the last one
            raise ApplicationError(str(error), type=UNFILED_BUT_OPENED) from None
        raise
    return Settlement(effect_id=effect_id, delivered=True, receipt=receipt, opened=filing.is_opened)
