"""What the tests of the ledger stand on."""

from tests.storage.fixtures import ledger, own_ledger, shared_ledger

__all__ = ["ledger", "own_ledger", "shared_ledger"]
