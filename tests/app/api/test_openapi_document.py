"""The OpenAPI document as a program of its own prints it, for the types of the web page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from starlette.testclient import TestClient

from tests.support import ROOT


def test_the_printed_document_is_the_servers_and_nothing_is_opened(
    client: TestClient, tmp_path: Path
) -> None:
    home = tmp_path / "untouched"
    printed = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "app.commands.print_openapi"],
        cwd=ROOT,
        env={**os.environ, "DOCCHAT_HOME": str(home), "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert json.loads(printed.stdout) == client.get("/api/openapi.json").json()
    assert not home.exists()
