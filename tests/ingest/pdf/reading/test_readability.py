"""A text layer that reads like noise is recognised, in any language."""

from __future__ import annotations

import random

import pytest

from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word
from ingest.pdf.reading.readability import measure_legibility
from ingest.text.legibility import MIN_READABLE_SHARE
from tests.ingest.pdf.support import sheets

ENGLISH = sheets.LOREM * 3
CHINESE = (
    "公司应当在每个会计年度结束后编制财务报告，并依法经会计师事务所审计。董事会对股东会负责，行使下列职权："
    "召集会议，执行决议，决定经营计划和投资方案，制订利润分配方案。监事可以列席会议，并提出质询或者建议。"
)
TONGUES = {
    "de": "Der Ausschuss prüfte die Zahlen und stellte fest, dass die Ergebnisse richtig waren. "
    "Mehrere Mitglieder fragten, wie die Erhebung durchgeführt worden sei. ",
    "fr": "Le comité a examiné les chiffres annuels et trouvé que les résultats étaient justes. "
    "Plusieurs membres ont demandé comment l'enquête avait été menée à l'époque. ",
    "pl": "Komitet przeanalizował roczne dane i stwierdził, że wyniki są prawidłowe. Kilku "
    "członków zapytało, w jaki sposób przeprowadzono badanie i które regiony objęto. ",
    "fi": "Valiokunta tarkasteli vuosilukuja ja totesi tulosten olevan kunnossa. Useat jäsenet "
    "kysyivät, miten kysely oli toteutettu ja mitä alueita se koski. ",
    "tr": "Komite yıllık rakamları inceledi ve sonuçların doğru olduğunu kabul etti. Birkaç üye "
    "araştırmanın nasıl yapıldığını ve hangi bölgeleri kapsadığını sordu. ",
    "vi": "Ủy ban đã xem xét số liệu hàng năm và nhất trí rằng kết quả là đúng. Một số "
    "thành viên hỏi cuộc khảo sát được thực hiện như thế nào và ở những vùng nào. ",
    "ja": "委員会は年次の数値を検討し、結果が妥当であることに同意した。"
    "調査の方法について質問があった。",
    "zh-hant": "公司應當在每個會計年度終了時編製財務報告，並依法經會計師事務所審計。"
    "董事會對股東會負責。",
    "ru": "Комитет рассмотрел годовые показатели и согласился с тем, что результаты верны. ",
    "pinyin": "Gongsi yingdang zai mei ge kuaiji niandu jieshu hou bianzhi caiwu baogao. ",
}
RANDOM = random.Random(4)


def page(*fonts: str) -> PageContent:
    """A page with one line for each text, each in a font of its own."""
    lines = []
    for at, text in enumerate(fonts):
        rect = Rect(72, 72 + 14 * at, 500, 84 + 14 * at)
        words = [Word(part, rect, Style(f"font{at}")) for part in text.split()]
        lines.append(Line.from_words(words))
    return PageContent(1, 595, 842, tuple(lines))


def shifted(text: str, by: int) -> str:
    """What a font with glyph numbers in place of letters gives."""
    return " ".join("".join(chr(ord(c) + by) for c in word) for word in text.split())


def substituted(text: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return text.lower().translate(str.maketrans(letters, "qzxjkvwpfgbyhdmucrlanstieo"))


@pytest.mark.parametrize("tongue", TONGUES)
def test_texts_of_many_languages_are_readable(tongue: str) -> None:
    assert measure_legibility(page(TONGUES[tongue] * 4)) == 1.0


def test_common_texts_are_readable() -> None:
    assert measure_legibility(page(ENGLISH, CHINESE)) == 1.0
    assert measure_legibility(page("42.0 17 % 3 (1) ABC-2290 http://example.org/a/b")) == 1.0
    assert measure_legibility(PageContent(1, 595, 842)) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        shifted(ENGLISH, -29),
        shifted(ENGLISH, 3),
        substituted(ENGLISH),
        "(cid:12)(cid:7)(cid:88) (cid:3)(cid:4) " * 20,
        "/G01/G02/G17/G05 /G33 " * 20,
        ENGLISH.translate({ord(c): 0xF000 + ord(c) for c in "abcdefghijklmnopqrstuvwxyz"}),
        "\ufffd\ufffd\ufffd \ufffd\ufffd " * 10,
        CHINESE.encode().decode("cp1252", "ignore"),
        CHINESE.encode().decode("latin-1"),
        CHINESE.encode("gbk").decode("latin-1"),
        "".join(chr(RANDOM.randrange(0x4E00, 0x9FA5)) for _ in range(200)),
    ],
    ids=[
        "shifted",
        "caesar",
        "substituted",
        "cid",
        "glyph names",
        "private use",
        "replacement",
        "utf-8 as windows-1252",
        "utf-8 as latin-1",
        "gbk as latin-1",
        "random hanzi",
    ],
)
def test_noise_is_not(text: str) -> None:
    assert measure_legibility(page(text)) < MIN_READABLE_SHARE


def test_each_font_is_judged_by_itself() -> None:
    half = measure_legibility(page(ENGLISH, substituted(ENGLISH)))
    assert 0.4 < half < 0.6


def test_a_few_odd_characters_leave_a_page_readable() -> None:
    assert (
        measure_legibility(page("\uf0b7 " + ENGLISH, "Ça coûte où — naïve «déjà» über Größe"))
        > 0.98
    )
    assert measure_legibility(page("wxkcd qqrst bcdfg")) == 1.0  # too little to tell
