"""The command line, called within the test's own process."""

import io
import json
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from cli.main import main


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout, which has to be one JSON value."""
        return json.loads(self.out)


def call(*arguments: str) -> Ran:
    """Call `goodstanding` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with (
        patch.object(sys, "argv", ["goodstanding", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    root.handlers[:], root.level = before
    return Ran(status, out.getvalue(), err.getvalue())
