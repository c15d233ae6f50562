from __future__ import annotations

import pytest

from eval.parsing.running import (
    leak_of_blocks,
    leak_of_lines,
    leak_of_occurrences,
    running_blocks,
)

WITHOUT = "# Results\n\nThe survey was repeated twice."
REFERENCE = f"Annual Report 2024\n\n{WITHOUT}\n\nConfidential draft"


def test_running_blocks_are_what_only_the_reference_has() -> None:
    assert sorted(running_blocks(REFERENCE, WITHOUT)) == [
        "Annual Report 2024",
        "Confidential draft",
    ]


def test_a_heading_that_recurs_is_no_running_block() -> None:
    repeated = "# Results of the year\n\n" + WITHOUT + "\n\n# Results of the year"
    assert running_blocks(repeated, "# Results of the year\n\n" + WITHOUT) == []


def test_leak_of_blocks_by_hand() -> None:
    assert leak_of_blocks(REFERENCE, WITHOUT, "annual report 2024 and more") == 0.5
    assert leak_of_blocks(REFERENCE, WITHOUT, "Draft confidential") is not None
    assert leak_of_blocks(REFERENCE, WITHOUT, "draft Confidential") == 0.5  # either word order
    assert leak_of_blocks(REFERENCE, WITHOUT, WITHOUT) == 0.0
    assert leak_of_blocks(REFERENCE, "", REFERENCE) is None


def test_leak_of_occurrences_takes_all_numbers_for_one() -> None:
    lines = {"Page # of #": 3, "公司年报": 1}
    found = "Page 1 of 12\ntext<br>page 2 of 12\n公司年报"
    assert leak_of_occurrences(lines, found) == pytest.approx(3 / 4)
    assert leak_of_occurrences({}, found) is None


def test_leak_of_lines_is_of_lines_times_pages() -> None:
    assert leak_of_lines(["内部资料", "Journal 12(3)"], 2, "内部资料 x 内部资料 内部资料") == 0.5
    assert leak_of_lines([], 2, "anything") is None
