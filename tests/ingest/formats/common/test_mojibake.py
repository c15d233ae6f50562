"""Text that was encoded twice is set right; text that was not is left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.common.encoding import decode, undo_double_encoding

GERMAN = "Die Müllabfuhr fährt täglich außer sonntags – für alle Straßen."
CHINESE = "水泵每运行两千小时需要更换机油，额定功率为七百五十瓦。"
ODD = "水泵每运行两千小时需要更换机油\n" * 40


def as_windows(text: str) -> str:
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("text", [GERMAN, CHINESE, "naïve café", "“quoted”"])
def test_utf_8_taken_for_windows_is_undone(text: str) -> None:
    assert undo_double_encoding(as_windows(text)) == (text, "windows-1252")


def test_utf_8_taken_for_gbk_is_undone() -> None:
    wrong = CHINESE.encode().decode("gb18030", "replace")
    assert wrong != CHINESE
    found = undo_double_encoding(wrong)
    assert found is not None
    assert found[1] == "gbk"
    assert "每运行两千小时" in found[0]


def test_what_gbk_could_not_hold_is_counted_as_lost() -> None:
    text, warnings = decode(ODD.encode().decode("gbk", "replace").encode())
    assert text.count("每运行两千小时") == 40
    (warning,) = warnings
    assert warning.code == "text_repaired"
    assert "40 characters were lost" in warning.message


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        CHINESE,
        "plain",
        "“Ã¼” is what “ü” becomes when its bytes are misread.",
        "Le café «Ã» à São Paulo",
        "王 李 张 刘 陈 杨 赵 黄 周 吴",
        "価格は千円です。",
        "Цена: 100 €",
    ],
)
def test_what_is_right_is_left(text: str) -> None:
    assert undo_double_encoding(text) is None
    assert decode(text.encode()) == (text, ())


@given(st.text(max_size=200))
def test_what_is_undone_was_encoded_twice(text: str) -> None:
    found = undo_double_encoding(text)
    if found is not None and found[1] == "windows-1252":
        assert as_windows(found[0]) == text
