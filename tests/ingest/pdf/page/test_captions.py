from __future__ import annotations

import pytest

from ingest.pdf.page.markers import is_caption


@pytest.mark.parametrize(
    "text",
    [
        "Figure 1: The shape of a valley",
        "Fig. 2. Results of the trial.",
        "Table II",
        "TABLE 3 — Costs",
        "Table A.1 Prices",
        "Extended Data Fig. 4 | Yields",
        "图1 系统结构",
        "表 2-1：费用",
        "附表1 名单",
    ],
)
def test_a_number_and_what_is_numbered_make_a_caption(text: str) -> None:
    assert is_caption(text, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Figure 1 shows the shape of a valley",
        "Table 2 lists all costs",
        "Tables are useful",
        "图1所示为系统结构",
        "表2中的数据",
        "图书馆的开放时间",
        "Mapping 3 regions",
    ],
)
def test_a_sentence_about_a_figure_is_none(text: str) -> None:
    assert not is_caption(text, 3)
