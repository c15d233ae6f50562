"""Property tests try the same examples at every run; `make fuzz` looks for new ones."""

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let goldens be written anew; the tests fail all the same and show the difference."""
    parser.addoption("--renew-goldens", action="store_true", help="write what the parsers say now")
