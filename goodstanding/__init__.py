"""The library that platforms import: durable account standing.

standing = await goodstanding.connect(temporal, "https://standing.example", load_client_keys())
await standing.accounts.register(Register(...))
await standing.capabilities.require("a1", "publish")

Everything named here is loaded when it is first used: a worker's workflows import this package too.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodstanding.checking import Checking, WhenUnreachable
    from goodstanding.client import Goodstanding, connect
    from goodstanding.converter import data_converter
    from goodstanding.errors import *  # noqa: F403 - every error by its name
    from goodstanding.keys import ClientKeys, load_client_keys
    from goodstanding.messages import *  # noqa: F403 - every command and what it is made of
    from goodstanding.sealing import Identity, Operator, seal

__all__ = [
    "Checking",
    "ClientKeys",
    "Goodstanding",
    "Identity",
    "Operator",
    "WhenUnreachable",
    "connect",
    "data_converter",
    "load_client_keys",
    "seal",
]

_PLACES = {
    "Checking": "goodstanding.checking",
    "ClientKeys": "goodstanding.keys",
    "Goodstanding": "goodstanding.client",
    "Identity": "goodstanding.sealing",
    "Operator": "goodstanding.sealing",
    "WhenUnreachable": "goodstanding.checking",
    "connect": "goodstanding.client",
    "data_converter": "goodstanding.converter",
    "load_client_keys": "goodstanding.keys",
    "seal": "goodstanding.sealing",
}
_WHOLE = ("goodstanding.errors", "goodstanding.messages")
"""Modules of which every public name is to be had here."""


def __getattr__(name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(name)
    for module in (_PLACES[name],) if name in _PLACES else _WHOLE:
        found = getattr(import_module(module), name, None)
        if found is not None:
            return found
    raise AttributeError(f"The package goodstanding has no {name}.")
