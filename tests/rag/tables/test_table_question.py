from __future__ import annotations

from decimal import Decimal

import pytest

from rag.tables.table_question import Operation, asks_of_table, read_table_question


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("How many meters leak?", "count"),
        ("有几类城市？", "count"),
        ("List all error codes", "list"),
        ("Which meter has the highest reading?", "superlative"),
        ("Which is higher, M01 or M02?", "compare"),
        ("Who came after Bob?", "order"),
        ("Is M05 leaking?", "confirm"),
        ("What is the average reading?", "average"),
        ("What is the percentage change from 2018 to 2019?", "change"),
        ("What is the ratio of A to B?", "ratio"),
        ("一类和二类相差多少？", "difference"),
        ("What was the sales in the first half?", "lookup"),
        ("What is the reading of M05?", "lookup"),
    ],
)
def test_the_operation(question: str, operation: Operation) -> None:
    assert read_table_question(question).operation == operation


def test_years_are_conditions_and_operands() -> None:
    after = read_table_question("Which films were made after 2009?").conditions
    assert [(each.comparator, each.value, each.kind) for each in after] == [
        ("more", Decimal(2009), "year")
    ]
    assert not read_table_question("What is the difference between 2018 and 2019?").conditions
    (top,) = read_table_question("Who finished in the top 10?").conditions
    assert (top.kind, top.value) == ("rank", Decimal(10))


def test_the_clause_that_asks() -> None:
    asked = read_table_question("A was first on 1 May, but who was first on 2 May?")
    assert asked.focus.strip() == "who was first on 2 May?"


def test_reasons_are_not_asked_of_tables() -> None:
    assert not asks_of_table("Why did revenue decrease?")
    assert asks_of_table("What does a service cost?")
    assert asks_of_table("机器过热怎么办？")
