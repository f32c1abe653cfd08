import subprocess
import sys

import pytest

import goodstanding
from goodstanding.errors import all_errors
from goodstanding.messages import COMMANDS


def test_everything_that_the_package_names_is_there():
    for name in goodstanding.__all__:
        assert getattr(goodstanding, name) is not None


def test_every_command_and_every_error_is_to_be_had_from_the_package():
    for command in COMMANDS:
        assert getattr(goodstanding, command.__name__) is command
    ours = [error for error in all_errors() if error.__module__ == "goodstanding.errors"]
    for error in ours:
        assert getattr(goodstanding, error.__name__) is error


def test_what_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError):
        _ = goodstanding.nothing


def test_importing_the_package_loads_neither_temporal_nor_cryptography():
    # a workflow's sandbox imports it, and so does whoever only wants a word of the vocabulary
    heavy = "'temporalio', 'cryptography', 'httpx'"
    program = f"import sys, goodstanding; print([m for m in ({heavy}) if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert said.stdout.strip() == b"[]"
