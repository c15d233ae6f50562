from __future__ import annotations

import pytest

from ingest.pdf.headings import depth_of
from ingest.pdf.paragraphs import is_caption


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("1 Introduction", 1),
        ("1. Introduction", 1),
        ("2.3 Method", 2),
        ("2.3.1 Sampling", 3),
        ("1.2 适用范围", 2),
        ("3适用范围", 1),
        ("第一章 总则", 1),
        ("第三节 培训", 2),
        ("一、背景", 1),
        ("（二）范围", 2),
        ("Chapter 4 Results", 1),
        ("Appendix A", 1),
        ("附录A 术语", 1),
        ("IV. Results", 1),
        ("A. Data", 1),
        ("A.1 Data", 2),
        ("Introduction", 0),
        ("1990 was a good year", 0),
        ("3.5% of all", 0),
    ],
)
def test_numbering_shows_the_depth(text: str, depth: int) -> None:
    assert depth_of(text) == depth


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Figure 3: Yield by region", True),
        ("Table 2. Costs", True),
        ("Fig. 4a. A cat", True),
        ("图1 系统结构", True),
        ("表2-1 现场条件", True),
        ("Figure 3 shows that yields rose.", False),
        ("Tables are useful", False),
        ("图书馆的使用", False),
    ],
)
def test_captions_are_known_by_their_opening(text: str, caption: bool) -> None:
    assert is_caption(text, 1) is caption
