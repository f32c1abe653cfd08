"""How a refused start, or a refused command, is told to whoever typed it."""

import sys

from goodstanding.errors import GoodstandingError


def complain(error: GoodstandingError) -> None:
    """`CODE: message`, then what to do about it, on stderr."""
    sys.stderr.write(f"{error.code}: {error.message}\n{error.remedy}\n")
