"""Encryption at rest: each account has data keys of its own, which the master key wraps.

The *identity key* and the *text key* belong to one account. Destroying the wrapped form of one
makes everything under it unreadable, in backups too.
"""

import hashlib
import hmac
import secrets
import unicodedata
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from goodstanding._aead import KEY_BYTES, TamperedError, bind, decrypt, encrypt
from goodstanding.errors import MalformedError
from goodstanding.keys import KeyWrapper, SymmetricKey

__all__ = [
    "Purpose",
    "TamperedError",
    "bind",
    "commitment",
    "decrypt",
    "encrypt",
    "fingerprint",
    "new_data_key",
    "receipt_number",
    "unwrap",
    "wrap",
]

Purpose = Literal["identity", "text"]

_MINUS = "\u2212"
_RECEIPT_DIGITS = 32


def new_data_key() -> bytes:
    """A fresh AES-256 key for one account and purpose."""
    return secrets.token_bytes(KEY_BYTES)


async def wrap(wrapper: KeyWrapper, data_key: bytes, *, account_id: str, purpose: Purpose) -> bytes:
    """The form in which a data key may be stored: useless without the wrapper."""
    return await wrapper.wrap(data_key, _place_of(account_id, purpose))


async def unwrap(
    wrapper: KeyWrapper, wrapped: bytes, *, account_id: str, purpose: Purpose
) -> bytes:
    """The data key; raise `TamperedError` where it was wrapped for another account or purpose."""
    return await wrapper.unwrap(wrapped, _place_of(account_id, purpose))


def commitment(text_key: bytes, text_id: str, text: str) -> str:
    """Fix a text in the ledger without showing it; says nothing any more once the key is gone."""
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"goodstanding commitment")
    return _hmac(derive.derive(text_key), text_id, text)


def receipt_number(text_key: bytes, account_id: str, report_id: str) -> str:
    """By what a report is asked for; nobody guesses one, and it names nothing once the key is gone."""
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"goodstanding receipt")
    secret = _hmac(derive.derive(text_key), account_id, report_id)[:_RECEIPT_DIGITS]
    return f"{account_id}.{report_id}.{secret}"


def fingerprint(pepper: SymmetricKey, document: str, country: str, number: str) -> str:
    """Recognise an identity again, however it was typed; only who has the pepper can."""
    parts = {"document": document, "country": country, "number": number}
    folded = {name: _folded(part) for name, part in parts.items()}
    for name, part in folded.items():
        if not part:
            # else all who leave it empty would be one person
            raise MalformedError(f"The {name} holds no letter and no digit.", name)
    return f"{pepper.key_id}:{_hmac(pepper.secret, 'goodstanding fingerprint', *folded.values())}"


def guard(pepper: SymmetricKey, account_id: str, command_id: str, digest: str) -> str:
    """Tell a command's body from another one; without the pepper nobody can try out what was in it."""
    return f"{pepper.key_id}:{_hmac(pepper.secret, 'goodstanding guard', account_id, command_id, digest)}"


def _place_of(account_id: str, purpose: Purpose) -> bytes:
    return bind("goodstanding data key", purpose, account_id)


def _hmac(key: bytes, *parts: str) -> str:
    return hmac.digest(key, bind(*parts), hashlib.sha256).hex()


def _folded(part: str) -> str:
    """One spelling: compatible forms, capitals, no spaces, no hyphens, nothing invisible."""
    # twice: capitals may need composing again
    whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", part).upper())
    return "".join(
        sign
        for sign in whole
        if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"} and sign != _MINUS
    )
