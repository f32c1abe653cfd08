"""Sealing: the client closes an identity to the vault's public key, and cannot open it again.

HPKE (RFC 9180) with X25519, HKDF-SHA-256 and AES-256-GCM. The seal names account, actor and schema
version, so that a sealed identity is worthless anywhere else.
"""

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import AfterValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from goodstanding._aead import bind
from goodstanding.errors import MalformedError
from goodstanding.keys import KeyMalformedError, OpeningKey, SealingKey
from goodstanding.messages import Code, Message, SealedIdentity, malformed

__all__ = [
    "Identity",
    "IdentityNotOpenedError",
    "Operator",
    "SealedIdentity",
    "SealingKeyUnknownError",
    "open_sealed",
    "seal",
]

SCHEMA_VERSION = 1

_PADDED_TO = 1024
"""Bytes; the length of a ciphertext would else tell how long the name is."""
_INVISIBLE = {"Cc", "Zl", "Zp"}
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


class IdentityNotOpenedError(MalformedError):
    """The sealed identity does not open: it was changed, or sealed for another account or actor."""

    remedy = "Seal the identity again, for this account and this actor."


class SealingKeyUnknownError(MalformedError):
    """The identity was sealed to a key that the vault does not hold, or no longer holds."""

    remedy = "Fetch the current sealing key and seal the identity again."


def _printable(text: str) -> str:
    if _TURNING.search(text) or any(unicodedata.category(sign) in _INVISIBLE for sign in text):
        raise PydanticCustomError("unprintable", "no control characters")
    return text


_Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Person(Message):
    """Never shows what it holds: not in a repr, not in a log, not in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    place: ClassVar[str] = ""

    document: Code
    """The policy's code of the document type, e.g. `resident_identity_number`."""
    number: Annotated[_Number, AfterValidator(_printable)]
    name: Annotated[_Name, AfterValidator(_printable)]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    """ISO 3166 alpha-2."""

    def __init__(self, **fields: Any) -> None:
        """Raise `MalformedError`, or one of its kind, that names the field and no input."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            found = malformed(error)
        else:
            return
        # outside the handler: the context of the error would keep the input
        where = f"{self.place}{found.field}" if found.field else found.field
        raise type(found)(f"{self.place}{found.message}", where)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse as any frozen model does, but without Pydantic's error, which shows the value."""
        raise AttributeError(f"An {type(self).__name__.lower()} does not change: {name}.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<sealed>)"

    __str__ = __repr__

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Keep it from the pretty printers as well."""
        return []


class Operator(_Person):
    """The natural person who acts for an organisation."""

    place: ClassVar[str] = "operator."


class Identity(_Person):
    """The real name behind an account; in the clear on the client and in the verifying activity."""

    operator: Operator | None = None
    """For an organisation."""


def seal(identity: Identity, *, account_id: str, actor_id: str, key: SealingKey) -> SealedIdentity:
    """Close an identity for this account and actor; twice the same gives different ciphertexts."""
    plain = identity.model_dump_json().encode()
    padded = plain.ljust(-(-len(plain) // _PADDED_TO) * _PADDED_TO)
    info = _info(account_id, actor_id, SCHEMA_VERSION)
    try:
        public = X25519PublicKey.from_public_bytes(b64decode(key.public_key, validate=True))
        closed = _suite().encrypt(padded, public, info=info)
    except ValueError:
        raise KeyMalformedError(f"The sealing key {key.key_id} is no X25519 key.") from None
    return SealedIdentity(
        key_id=key.key_id, schema_version=SCHEMA_VERSION, ciphertext=b64encode(closed).decode()
    )


def open_sealed(
    sealed: SealedIdentity, *, account_id: str, actor_id: str, keys: Sequence[OpeningKey]
) -> Identity:
    """Open what was sealed for this account and actor; raise `IdentityNotOpenedError` otherwise."""
    if sealed.schema_version != SCHEMA_VERSION:
        raise IdentityNotOpenedError(
            f"The identity is in schema version {sealed.schema_version}; {SCHEMA_VERSION} is read.",
            "sealed.schema_version",
        )
    key = next((key for key in keys if key.key_id == sealed.key_id), None)
    if key is None:
        raise SealingKeyUnknownError(f"There is no sealing key {sealed.key_id}.", "sealed.key_id")
    info = _info(account_id, actor_id, sealed.schema_version)
    opened = _opened(sealed.ciphertext, key, info)
    if opened is None:
        raise IdentityNotOpenedError(field="sealed.ciphertext")
    return opened


def _opened(ciphertext: str, key: OpeningKey, info: bytes) -> Identity | None:
    """Swallow why it failed: the reason would carry the plaintext."""
    try:
        closed = b64decode(ciphertext, validate=True)
        return Identity.model_validate_json(_suite().decrypt(closed, key.private_key, info=info))
    except (ValueError, InvalidTag, MalformedError):
        return None


def _info(account_id: str, actor_id: str, schema_version: int) -> bytes:
    return bind("goodstanding identity", str(schema_version), account_id, actor_id)


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
