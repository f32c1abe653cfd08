"""Authenticated encryption under one key, and how its context is written down."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goodstanding.errors import GoodstandingError

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _NONCE_BYTES
_TAG_BYTES = 16


class TamperedError(GoodstandingError):
    """The ciphertext was changed, or belongs to another key or another place."""

    remedy = "Restore it from a backup; `goodstanding audit verify` shows what else was touched."


def bind(*parts: str) -> bytes:
    """Join parts so that no two lists of parts give the same bytes."""
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


def encrypt(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM: a version byte, a random nonce, the ciphertext. Only the same `aad` opens it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, _VERSION + aad)


def decrypt(key: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Open what `encrypt` made under the same key and `aad`; raise `TamperedError` otherwise."""
    if not ciphertext.startswith(_VERSION) or len(ciphertext) < _HEAD_BYTES + _TAG_BYTES:
        raise TamperedError("This is no ciphertext of a version that is known.")
    nonce, body = ciphertext[len(_VERSION) : _HEAD_BYTES], ciphertext[_HEAD_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, body, _VERSION + aad)
    except InvalidTag:
        raise TamperedError from None
