"""The ids of updates, which Temporal keeps in the clear: repeats share one, and it says nothing of what was asked."""

import json
import secrets
from hashlib import sha256

from temporalio.client import Client

from goodstanding.codec import EncryptionCodec
from goodstanding.messages import AnyCommand, Command, Internals, PassTime


def update_id(temporal: Client, command: AnyCommand | Internals) -> str:
    """Repeats in flight share one execution; another body under the same command id is another update.

    The body is marked with the codec's key, which whoever sends commands holds: who sees only the id cannot try out
    what was in it. Without a codec everything is in the clear, and so is the digest.
    """
    if isinstance(command, Command):
        return f"{command.command_id}/{_marked(temporal, command.digest)}"
    if isinstance(command, PassTime):
        return f"{command.name}/{secrets.token_hex(8)}"
    body = json.dumps(command.model_dump(mode="json"), sort_keys=True)
    return f"{command.name}/{_marked(temporal, sha256(body.encode()).hexdigest())}"


def try_id(command_id: str) -> str:
    """Of each try another: the record knows the repeats by their command id, and a refusal is not kept."""
    return f"{command_id}/{secrets.token_hex(8)}"


def once_more(first: str) -> str:
    """An id that nothing was asked under before."""
    return f"{first}/{secrets.token_hex(8)}"


def _marked(temporal: Client, digest: str) -> str:
    codec = temporal.data_converter.payload_codec
    return codec.mark(digest) if isinstance(codec, EncryptionCodec) else digest
