"""The codec that encrypts every payload that Temporal stores: inputs, results, summaries, failures.

Workflow ids and search attributes are not payloads: they stay readable and hold nothing personal.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from goodstanding.errors import GoodstandingError
from goodstanding.keys import KeyMissingError, SymmetricKey

ENCODING = b"binary/encrypted"
_ENCODING = "encoding"
_KEY_ID = "encryption-key-id"
_NONCE_BYTES = 12


class PayloadNotEncryptedError(GoodstandingError):
    """A payload came in the clear, so whoever sent it does not hold this deployment's keys."""

    remedy = "Build the sender's client with `goodstanding.data_converter(...)`."


class PayloadTamperedError(GoodstandingError):
    """An encrypted payload was changed, or was encrypted with another key of the same id."""

    remedy = "Check that client, worker and codec server have the same codec keys."


class EncryptionCodec(PayloadCodec):
    """AES-256-GCM for each payload, under the newest key; older keys still decode.

    Payloads in the clear are refused on decode: encryption is also what shows that a command comes
    from somebody with the keys. `allow_plaintext=True` passes them on unchanged; it is for the
    codec server, which only shows, and never for a worker or a client.
    """

    def __init__(self, keys: Sequence[SymmetricKey], *, allow_plaintext: bool = False) -> None:
        if not keys:
            raise KeyMissingError("There is no codec key.")
        self.allow_plaintext = allow_plaintext
        self._newest = keys[0].key_id
        self._marking = hmac.digest(keys[0].secret, b"goodstanding update id", hashlib.sha256)
        self._ciphers = {key.key_id: AESGCM(key.secret) for key in keys}

    def mark(self, digest: str) -> str:
        """Stand for a digest where Temporal keeps it readable; only who holds the newest key finds the digest again."""
        return hmac.digest(self._marking, digest.encode(), hashlib.sha256).hex()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload, its metadata included."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt each payload.

        Raise `PayloadNotEncryptedError`, `KeyMissingError` or `PayloadTamperedError`.
        """
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        key_id = self._newest.encode()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = self._ciphers[self._newest].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={_ENCODING: ENCODING, _KEY_ID: key_id}, data=nonce + closed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get(_ENCODING) != ENCODING:
            if self.allow_plaintext:
                return payload
            raise PayloadNotEncryptedError
        key_id = payload.metadata.get(_KEY_ID, b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            shown = key_id.decode("ascii", "backslashreplace")
            held = ", ".join(self._ciphers)
            raise KeyMissingError(f"There is no codec key {shown!r} here; held are: {held}.")
        nonce, closed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, closed, key_id))
        except (InvalidTag, ValueError, DecodeError):
            raise PayloadTamperedError from None

    def __repr__(self) -> str:
        """Name the keys, never show them."""
        return f"{type(self).__name__}({', '.join(self._ciphers)})"
