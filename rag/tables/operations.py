"""Answers a bound question by the operation it asks for; None where its cells are not bound.

`TableFinding.sureness` is the share of the question's words, by weight, that the rows and headings
used contain: the caller compares it with what prose gives.
"""

from __future__ import annotations

from rag.tables.binding import Binding
from rag.tables.calculate import calculate
from rag.tables.choose_column import MeasureNearness
from rag.tables.count_rows import count_rows
from rag.tables.find_extreme import find_extreme
from rag.tables.findings import TableFinding
from rag.tables.look_up import confirm, list_column, look_up
from rag.tables.row_order import find_neighbour

__all__ = ["TableFinding", "find_answer"]


def find_answer(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return what the table answers, None where that cannot be bound."""
    match binding.question.operation:
        case "count":
            return count_rows(binding, nearness)
        case "superlative" | "compare":
            return find_extreme(binding, nearness)
        case "list":
            return list_column(binding, nearness)
        case "order":
            return find_neighbour(binding, nearness) or look_up(binding, nearness)
        case "confirm":
            return confirm(binding, nearness)
        case "sum" | "average" | "difference" | "change" | "ratio":
            return calculate(binding, nearness) or look_up(binding, nearness)
        case _:
            return look_up(binding, nearness)
