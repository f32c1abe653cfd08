"""Verifying an identity: the only place where one is in the clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from temporalio import activity

from activities.documents import DocumentCheck, age_on, check_document, real_name_problem
from activities.http_identity import IdentityProvider, IdentityQuestion, OperatorDocument
from goodstanding.envelope import fingerprint
from goodstanding.errors import MalformedError
from goodstanding.keys import Keys
from goodstanding.messages import EffectRef, Settlement, Verified
from goodstanding.sealing import Identity, Operator, open_sealed
from goodstanding.vocabulary import Outcome
from storage.effects import EffectBody, bodies
from storage.engine import Sessions
from storage.holders import remember
from storage.vault import Vault

NOT_ASKED = "document_type_not_asked"
"""The policy asks for another document."""
NO_OPERATOR = "operator_missing"
"""An organisation is verified together with the person who acts for it."""
NOT_HELD = "identity_not_held"
"""The identity is no longer there: a person decides."""
NOT_OPENED = "identity_not_opened"
"""It was sealed for another account or actor, or to a key that is gone; the holder seals it again."""
NO_PROVIDER = "no_provider_configured"
"""The deployment has no provider, so a person decides."""


@dataclass(frozen=True)
class _Asked:
    """What the policy asks of this identity."""

    account_id: str
    submitted_by: str
    documents: tuple[str, ...]
    operator_documents: tuple[str, ...]
    stores_identity: bool
    least_age: int | None
    today: date

    @classmethod
    def of(cls, effect: EffectBody) -> "_Asked":
        body = effect.body
        return cls(
            account_id=effect.account_id,
            submitted_by=body["submitted_by"],
            documents=tuple(body["documents"]),
            operator_documents=tuple(body["operator_documents"]),
            stores_identity=body["stores_identity"],
            least_age=body["least_age"],
            today=date.fromisoformat(body["today"]),
        )
