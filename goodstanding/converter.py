"""The data converter that client, worker and tests have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    EncodingPayloadConverter,
)

from goodstanding.codec import EncryptionCodec
from goodstanding.errors import GoodstandingError, error_of
from goodstanding.keys import SymmetricKey

_REFUSED = "binary/refused"


def data_converter(codec_keys: Sequence[SymmetricKey]) -> DataConverter:
    """Pydantic messages, all of it encrypted: messages and stack traces of failures as well.

    What cannot be decoded is refused where it is used: an update is rejected, a query fails, a
    signal is dropped and logged; only where the run itself would be wrong does its task fail.
    """
    return replace(
        pydantic_data_converter,
        payload_converter_class=_PayloadConverter,
        payload_codec=_DeferringCodec(codec_keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def plain_data_converter() -> DataConverter:
    """The same without encryption, for tests that show what encryption hides."""
    return pydantic_data_converter


def is_sealed(converter: DataConverter) -> bool:
    """Whether nothing readable leaves through it, and nothing in the clear is taken for ours."""
    codec = converter.payload_codec
    return (
        isinstance(codec, EncryptionCodec)
        and not codec.allow_plaintext
        and issubclass(
            converter.failure_converter_class, DefaultFailureConverterWithEncodedAttributes
        )
    )


class _DeferringCodec(EncryptionCodec):
    """Puts the error in the place of a payload that does not decode."""

    # an error in a codec fails the workflow task, again and again: one message in the clear,
    # typed into the Temporal UI, would stop an account for good

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt each payload, or say in its place why not."""
        return [self._decrypted_or_refused(payload) for payload in payloads]

    def _decrypted_or_refused(self, payload: Payload) -> Payload:
        try:
            return self._decrypted(payload)
        except GoodstandingError as error:
            metadata = {"encoding": _REFUSED.encode(), "code": error.code.encode()}
            return Payload(metadata=metadata, data=error.message.encode())


class _RefusedConverter(EncodingPayloadConverter):
    """Raises the error that stands in the place of a payload."""

    @property
    def encoding(self) -> str:
        return _REFUSED

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ARG002 - it makes none
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ARG002
        raise error_of(payload.metadata["code"].decode(), payload.data.decode())


class _PayloadConverter(PydanticPayloadConverter):
    def __init__(self) -> None:
        super().__init__()
        self._set_converters(*self.converters.values(), _RefusedConverter())
