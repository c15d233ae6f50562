"""`docchat ingest --engine ray`: a cluster that is started here, for the command alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli_runner import Cli

pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.mark.slow
def test_files_are_parsed_and_embedded_on_ray(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text("# Refunds\n\nBooks may be returned within 14 days.")
    (tmp_path / "broken.pdf").write_text("%PDF-1.7\nnothing that a reader could use")
    done = cli("ingest", tmp_path, "--engine", "ray", "--format", "json")
    assert done.code == 1, "one of them is damaged"
    states = {item["document"]["name"]: item["document"]["state"] for item in done.data["items"]}
    assert states == {"policy.md": "ready", "broken.pdf": "failed"}
    found = cli("search", "How long may books be returned?", "--format", "json").data["items"]
    assert found[0]["document_name"] == "policy.md"
    assert cli("doctor", "--deep").code == 0


def test_an_address_goes_with_ray_only(cli: Cli, tmp_path: Path) -> None:
    done = cli("ingest", tmp_path, "--address", "127.0.0.1:1")
    assert done.code == 2
    assert "--engine ray" in done.err


def test_a_cluster_out_of_reach_is_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    done = cli("ingest", tmp_path, "--engine", "ray", "--address", "127.0.0.1:1")
    assert done.code == 3
    assert "cannot be reached" in done.err
