"""Which documents a question names."""

from __future__ import annotations

import pytest

from rag.retrieval.named_documents import score_named_documents

FILINGS = [
    "JOHNSON_JOHNSON_2022_10K.pdf",
    "JOHNSON_JOHNSON_2022Q4_EARNINGS.pdf",
    "CVSHEALTH_2022_10K.pdf",
    "PFIZER_2021_10K.pdf",
    "Pfizer_2023Q2_10Q.pdf",
    "设备手册.pdf",
]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Is growth in JnJ's EPS expected in the 2022 10K?", "JOHNSON_JOHNSON_2022_10K.pdf"),
        ("What did CVS Health pay?", "CVSHEALTH_2022_10K.pdf"),
        ("Did Pfizer grow between FY20 and FY21?", "PFIZER_2021_10K.pdf"),
        ("For Pfizer, which region dropped in Q2'2023?", "Pfizer_2023Q2_10Q.pdf"),
        ("设备手册里说什么？", "设备手册.pdf"),
    ],
)
def test_the_document_meant_is_named_most(question: str, name: str) -> None:
    scores = score_named_documents(question, FILINGS)
    assert max(scores, key=scores.__getitem__) == name
    assert scores[name] == 1.0


def test_nothing_is_named() -> None:
    assert set(score_named_documents("How are dividends paid?", FILINGS).values()) == {0.0}
    assert score_named_documents("How many in 2022?", ["12.md", "2022.md"]) == {
        "12.md": 0.0,
        "2022.md": 0.0,
    }
    assert score_named_documents("anything", []) == {}
