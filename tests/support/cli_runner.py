"""Runs the command line in this process, on a home of its own, with the hash embedder."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.commands.cli import main


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON on stdout."""
        return json.loads(self.out)


class Cli:
    """Call it with the arguments of a command; `stdin` is what a person would type."""

    def __init__(
        self, home: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.home = home
        self._patch = patch
        self._capture = capture
        patch.setenv("DOCCHAT_HOME", str(home))
        patch.setenv("DOCCHAT_EMBEDDER__MODEL", "hash")
        patch.setenv("COLUMNS", "200")
        patch.setenv("NO_COLOR", "1")

    def __call__(self, *arguments: str | Path, stdin: str = "") -> Result:
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        self._patch.setattr(sys, "argv", ["docchat", *map(str, arguments)])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capture.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else int(bool(code)), printed.out, printed.err)
