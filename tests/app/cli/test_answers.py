"""`docchat ask`, `search` and `parse`: data on stdout, the rest on stderr."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from tests.ingest.pdf.support import sheets
from tests.support import ROOT
from tests.support.chat_server import chat_server
from tests.support.cli_runner import Cli

SAMPLES = ROOT / "data/samples"
QUESTION = "How much did shear raise the fatigue damage-equivalent load?"


def test_ask_prints_the_answer_and_its_sources(filled_cli: Cli) -> None:
    result = filled_cli("ask", QUESTION)
    assert result.code == 0
    answer, _, sources = result.out.partition("\nSources:\n")
    assert "38 %" in answer
    assert re.search(r" \[\d\]$", answer.strip())
    assert "tidal-turbines.pdf, p. 1: “" in sources
    assert result.err == ""
    assert "Sources:" not in filled_cli("ask", QUESTION, "--no-sources").out


def test_ask_in_chinese(filled_cli: Cli) -> None:
    result = filled_cli("ask", "ST-200 的典型功耗是多少？")
    assert result.code == 0
    assert "6.5 瓦" in result.out
    assert "star-tracker-faq.md: “" in result.out


def test_ask_as_json_is_the_answer_of_the_api(filled_cli: Cli) -> None:
    answer = filled_cli("ask", QUESTION, "--format", "json").data
    assert answer["question"] == QUESTION
    assert not answer["refused"]
    assert answer["citations"][0]["boxes"]
    assert answer["grounding"]["score"] == 1.0


def test_a_refusal_is_an_answer_too(filled_cli: Cli) -> None:
    result = filled_cli("ask", "Who won the chess title in 1972?", "-c", "samples")
    assert result.code == 0
    assert "I searched 3 documents in “samples”" in result.out


def test_words_that_were_taken_for_others_are_named(filled_cli: Cli) -> None:
    result = filled_cli("ask", "How much did shaer raise the fatigue damage-equivalent load?")
    assert '* searched for "shear" instead of "shaer"' in result.out


def test_filters_narrow_ask_and_search(filled_cli: Cli) -> None:
    found = filled_cli("search", QUESTION, "-d", "star-tracker-faq.md", "--format", "json").data
    assert {item["document_name"] for item in found["items"]} == {"star-tracker-faq.md"}
    found = filled_cli("search", QUESTION, "-m", "source=pdf", "--format", "json").data
    assert {Path(item["document_name"]).suffix for item in found["items"]} == {".pdf"}
    found = filled_cli("search", QUESTION, "--pages", "1", "--format", "json").data
    assert {item["page"] for item in found["items"]} == {1}
    assert filled_cli("search", QUESTION, "--until", "1999").err == "Nothing was found.\n"
    assert filled_cli("search", QUESTION, "--pages", "5-3").code == 2
    for arguments in (["-c", "nowhere"], ["-d", "nothing.pdf"]):
        result = filled_cli("search", QUESTION, *arguments)
        assert result.code == 1
        assert result.err.startswith("error: ")
        assert "\nhint: " in result.err


def test_search_explains_its_scores(filled_cli: Cli) -> None:
    plain = filled_cli("search", "fatigue load", "--limit", "2")
    assert plain.out.startswith("1. tidal-turbines.pdf, p. ")
    assert "\n2. " in plain.out
    assert "lexical" not in plain.out
    explained = filled_cli("search", "fatigue load", "--explain", "--limit", "1").out
    for part in ("score", "lexical", "dense", "rerank -", "chunk "):
        assert part in explained


def test_search_that_finds_nothing_says_so_on_stderr(cli: Cli) -> None:
    result = cli("search", "anything")
    assert (result.code, result.out, result.err) == (0, "", "Nothing was found.\n")


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("text", ["", " ？ ", "x" * 5000])
def test_no_question_is_a_usage_error(cli: Cli, command: str, text: str) -> None:
    result = cli(command, text)
    assert result.code == 2
    assert result.err.startswith("error: The question ")


def test_a_model_out_of_reach_is_not_ready(
    filled_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_ANSWER__KIND", "openai")
    result = filled_cli("ask", QUESTION)
    assert result.code == 3
    assert "answer.model" in result.err
    monkeypatch.setenv("DOCCHAT_ANSWER__MODEL", "some")
    monkeypatch.setenv("DOCCHAT_ANSWER__BASE_URL", "http://127.0.0.1:9/v1")
    result = filled_cli("ask", QUESTION)
    assert result.code == 3
    assert "hint: " in result.err


def test_an_answer_that_breaks_off_ends_its_line_before_the_error(
    filled_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_ANSWER__KIND", "openai")
    monkeypatch.setenv("DOCCHAT_ANSWER__MODEL", "drops")
    with chat_server() as server:
        monkeypatch.setenv("DOCCHAT_ANSWER__BASE_URL", server.base_url)
        result = filled_cli("ask", QUESTION)
    assert result.code == 3
    assert result.out == "The pump\n"
    assert result.err.startswith("error: openai:drops")


def test_parse_shows_markdown_and_stores_nothing(cli: Cli) -> None:
    result = cli("parse", SAMPLES / "tidal-turbines.pdf", "--ocr", "off")
    assert result.code == 0
    assert result.out.startswith("# Fatigue Loading of Tidal Turbine Blades")
    assert "\n## Abstract\n" in result.out
    assert not cli.home.exists()


def test_parse_as_json_has_pages_and_blocks_in_place(cli: Cli) -> None:
    parsed = cli("parse", SAMPLES / "star-tracker-faq.md", "--format", "json").data
    assert parsed["media_type"] == "text/markdown"
    assert parsed["outline"]
    blocks = parsed["pages"][0]["blocks"]
    assert blocks[0]["char_range"][0] == 0
    assert all(block["text"] for block in blocks)


_TABLES = (
    "# T\n\n| 城市 | a,b |\n| --- | --- |\n| 北京 | 1 |\n\n| x | z |\n| --- | --- |\n| y | 2 |\n"
)


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        (("csv",), '城市,"a,b"\n北京,1\n\nx,z\ny,2\n'),
        (("text", "--table", "1"), "北京：a,b 1。\n"),
        (("csv", "--table", "2"), "x,z\ny,2\n"),
        (("md", "--table", "2"), "| x | z |\n| --- | --- |\n| y | 2 |\n"),
    ],
)
def test_parse_prints_only_the_tables(
    cli: Cli, tmp_path: Path, options: tuple[str, ...], printed: str
) -> None:
    (tmp_path / "t.md").write_text(_TABLES, encoding="utf-8")
    assert cli("parse", tmp_path / "t.md", "--tables", *options).out == printed


def test_parse_prints_a_table_as_html(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text(_TABLES, encoding="utf-8")
    printed = cli("parse", tmp_path / "t.md", "--tables", "html", "--table", "1").out
    assert printed.startswith("<table>")
    assert "北京" in printed


def test_parse_of_a_table_that_is_not_there_is_a_mistake(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text(_TABLES, encoding="utf-8")
    missing = cli("parse", tmp_path / "t.md", "--tables", "csv", "--table", "3")
    assert missing.code == 2
    assert "the document has 2" in missing.err
    assert cli("parse", tmp_path / "t.md", "--table", "1").code == 2


def test_parse_cuts_figures_out(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(sheets.made(sheets.illustrated("图 1 红色方块", "china-s")))
    out = tmp_path / "new" / "figures"
    result = cli("parse", tmp_path / "a.pdf", "--figures", out)
    assert (result.code, "1 figure written" in result.err) == (0, True)
    assert "图 1 红色方块" in result.out
    (listed,) = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert [round(side) for side in listed.pop("box")] == [150, 200, 400, 350]
    assert listed == {"file": "page-1-figure-1.png", "page": 1, "caption": "图 1 红色方块"}
    png = (out / "page-1-figure-1.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (750, 450)


def test_parse_says_where_figures_cannot_be_had(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text(_TABLES, encoding="utf-8")
    assert cli("parse", tmp_path / "t.md", "--figures", tmp_path / "out").code == 2
    below_a_file = cli("parse", tmp_path / "t.md", "--figures", tmp_path / "t.md" / "out")
    assert below_a_file.code == 2
    assert "cannot be written to" in below_a_file.err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("empty.pdf", b"", "empty.pdf"), ("fake.pdf", b"MZ" * 100, "the content is")],
)
def test_parse_of_a_bad_file_says_why(
    cli: Cli, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = cli("parse", tmp_path / name)
    assert (result.code, result.out) == (1, "")
    assert message in result.err
    assert "hint: " in result.err
    assert cli("parse", tmp_path / "missing.pdf").code == 2
