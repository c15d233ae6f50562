"""Measures which languages an embedder reads, and what its cosines mean.

Does a sentence find the one that means the same?

Each language has twelve pairs of sentences that say the same in different words. A model that reads
the language ranks most partners first; one that does not read it sees only shared characters, and
the pairs share few. Used for models given by path without `languages` in the settings.

Limits: English and Chinese, the two that `ingest.text.language.language_of` distinguishes; a model
that reads both is taken to read everything. It shows whether a model can be trusted at all, not how
good it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import SimilarityScale

ALL_LANGUAGES = frozenset({"*"})
_READS = 0.75
"""The share of pairs found by a model that reads the language; by chance it would be 1/12."""

_LEAST_SPREAD = 0.05
"""Cosine between unrelated sentences and those that say the same; E5 without centring has .1."""

EmbedTexts = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to float32 of shape (n, d), rows of length 1."""

PAIRS = {
    "en": (
        ("The firm earned more last year.", "Profits of the company rose in the previous year."),
        ("The physician gave him tablets.", "A doctor prescribed pills for the man."),
        ("Our cat is asleep on the couch.", "The kitten naps on our sofa."),
        ("The aircraft touched down late.", "The plane's landing was delayed."),
        ("Kids must go to school.", "Education is compulsory for children."),
        ("It will pour tomorrow.", "Heavy rain is forecast for the next day."),
        ("The car's motor will not start.", "The vehicle has a dead engine."),
        ("She cooks supper every evening.", "Each night she prepares dinner."),
        ("Parliament passed the bill.", "The new law was approved by legislators."),
        ("He purchased a flat downtown.", "An apartment in the city centre was bought by him."),
        ("The band played to a huge crowd.", "Thousands heard the musicians' concert."),
        ("Troops crossed the border.", "Soldiers have invaded the neighbouring country."),
    ),
    "zh": (
        ("公司去年赚了更多的钱。", "该企业上一年度利润有所增长。"),
        ("医生给他开了药。", "大夫让这名患者服用几种胶囊。"),
        ("我家的猫在沙发上睡着了。", "小猫咪正躺着打盹。"),
        ("飞机晚点降落。", "这趟航班抵达机场时已经延误。"),
        ("孩子必须上学。", "儿童应当接受义务教育。"),
        ("明天会下大雨。", "气象台预报次日有暴风骤雨。"),
        ("汽车的发动机打不着火。", "这辆轿车引擎无法启动。"),
        ("她每天晚上做饭。", "一到傍晚，妻子便下厨准备菜肴。"),
        ("议会通过了这项法案。", "立法机关批准新的条例。"),
        ("他在市中心买了一套房子。", "那位先生于城区购置住宅。"),
        ("乐队为很多人演奏。", "成千上万的观众欣赏了音乐会。"),
        ("军队越过了边界。", "士兵入侵邻国领土。"),
    ),
}


def measure_languages(embed: EmbedTexts) -> frozenset[str]:
    """Return the ISO 639-1 codes of the languages that `embed` reads, "*" where it reads all."""
    read = {language for language in PAIRS if measure_competence(embed, language) >= _READS}
    return ALL_LANGUAGES if read == set(PAIRS) else frozenset(read)


def measure_competence(embed: EmbedTexts, language: str) -> float:
    """Return the share of sentences, of both sides, whose nearest on the other is their partner."""
    ones, others = (embed(list(side)) for side in zip(*PAIRS[language], strict=True))
    near = ones @ others.T
    right = np.arange(len(near))
    found = np.concatenate([near.argmax(axis=1) == right, near.argmax(axis=0) == right])
    return float(found.mean())


def measure_similarity(embed: EmbedTexts, languages: Collection[str]) -> SimilarityScale:
    """Return the mean cosines of partners and of all others, over the languages that it reads."""
    same, unrelated = [], []
    for language in sorted({"en", "zh"} & set(languages)) or sorted(PAIRS):
        ones, others = (embed(list(side)) for side in zip(*PAIRS[language], strict=True))
        near = ones @ others.T
        is_partner = np.eye(len(near), dtype=np.bool_)
        same.append(float(near[is_partner].mean()))
        unrelated.append(float(near[~is_partner].mean()))
    low, high = float(np.mean(unrelated)), float(np.mean(same))
    # A model that cannot tell them apart has no scale: then no cosine may look like an answer.
    return SimilarityScale(low, max(high, low + _LEAST_SPREAD))
