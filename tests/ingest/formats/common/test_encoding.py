from __future__ import annotations

import pytest

from ingest.formats.common.encoding import decode_text

SIMPLIFIED = "这是一份关于员工休假的说明。每年有十五天的假期。"
TRADITIONAL = "這是一份關於員工休假的說明。每年有十五天的假期。"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("中文".encode(), "中文"),
        ("\ufeff中文".encode(), "中文"),
        ("中文 abc".encode("utf-16"), "中文 abc"),
        (b"\xfe\xff" + "中文".encode("utf-16-be"), "中文"),
        ("plain English".encode("utf-16-le"), "plain English"),
        ("plain English".encode("utf-16-be"), "plain English"),
        ("中文".encode("utf-32"), "中文"),
        (SIMPLIFIED.encode("gb18030"), SIMPLIFIED),
        (SIMPLIFIED.encode("gbk"), SIMPLIFIED),
        (TRADITIONAL.encode("big5"), TRADITIONAL),
        ("Title\n\n" + TRADITIONAL + " and English words".encode("big5").decode(),) * 2,
    ],
)
def test_encodings_that_are_sure(data: bytes | str, text: str) -> None:
    raw = data if isinstance(data, bytes) else data.encode("big5")
    assert decode_text(raw) == (text, ())


def test_the_declared_encoding_is_followed() -> None:
    assert decode_text("café".encode("latin-1"), "iso-8859-1") == ("café", ())
    assert decode_text("東京".encode("shift_jis"), "Shift_JIS") == ("東京", ())
    assert decode_text("镕".encode("gb18030"), "gb2312") == ("镕", ())
    assert decode_text("中文".encode(), "no-such-encoding") == ("中文", ())


def test_a_wrong_declaration_does_not_hurt_utf8() -> None:
    assert decode_text("中文".encode(), "latin-1")[0] == "中文"


def test_broken_utf8_is_kept_and_told() -> None:
    data = "正常的文字".encode() + b"\xff\xfe" + "还是正常".encode()
    text, warnings = decode_text(data)
    assert text.startswith("正常的文字")
    assert text.endswith("还是正常")
    assert "\ufffd" in text
    assert [warning.code for warning in warnings] == ["bad_encoding"]


def test_a_cut_utf8_character_is_told() -> None:
    text, warnings = decode_text("中文文本".encode()[:-1])
    assert text.startswith("中文文")
    assert warnings[0].code == "bad_encoding"


def test_a_guess_is_told() -> None:
    text, warnings = decode_text("Le café est très agréable, à côté de la forêt.".encode("cp1252"))
    assert "café" in text
    assert warnings[0].code == "bad_encoding"
