"""The data converter that client, worker, tests and codec server have in common."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from goodstanding.codec import EncryptionCodec
from goodstanding.keys import SymmetricKey


def data_converter(codec_keys: Sequence[SymmetricKey]) -> DataConverter:
    """Pydantic messages, all of it encrypted: messages and stack traces of failures as well."""
    return replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(codec_keys),
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
