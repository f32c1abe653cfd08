"""Filing with authorities what a policy says they are told."""

from collections.abc import Mapping

from temporalio import activity

from activities.http_authority import FilingRefusedError, HttpAuthority
from goodstanding.domain.filings import DISPLAY_NAME
from goodstanding.messages import EffectRef, Settlement
from storage.effects import bodies
from storage.engine import Sessions
from storage.tables import NameRow

NO_AUTHORITY = "no_authority_configured"
"""The deployment does not know the authority that the policy names."""
REFUSED = "filing_refused"
"""The authority refuses the filing as it stands; sending it again cannot help."""


class FilingActivities:
    """Sends filings; `authorities` has each under the word that policies use for it."""

    def __init__(self, sessions: Sessions, authorities: Mapping[str, HttpAuthority]) -> None:
        self._sessions = sessions
        self._authorities = authorities

    @activity.defn
    async def file_with_authority(self, effect: EffectRef) -> Settlement:
        """File it; a repeat under the same id gets the same receipt."""
        to, kind, fields = await self._filing(effect.effect_id)
        authority = self._authorities.get(to)
        if authority is None:
            return _failed(effect, NO_AUTHORITY)
        try:
            receipt = await authority.file(effect.effect_id, kind, fields)
        except FilingRefusedError:
            return _failed(effect, REFUSED)
        return Settlement(effect_id=effect.effect_id, delivered=True, receipt=receipt)

    async def _filing(self, effect_id: str) -> tuple[str, str, Mapping[str, str]]:
        async with self._sessions() as session:
            filing = (await bodies(session, [effect_id]))[effect_id]
            fields = dict(filing.body["fields"])
            if DISPLAY_NAME in fields:
                # events hold no names: it is the one of today that is told
                name = await session.get(NameRow, filing.account_id)
                fields[DISPLAY_NAME] = name.plain if name else ""
        return filing.body["to"], filing.body["kind"], fields


def _failed(effect: EffectRef, code: str) -> Settlement:
    return Settlement(effect_id=effect.effect_id, delivered=False, error=code)
