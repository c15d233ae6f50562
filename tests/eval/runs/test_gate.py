from __future__ import annotations

from dataclasses import replace

import pytest

from eval.errors import GateInvalid
from eval.runs.gate import check_conditions, judge_run, parse_condition
from tests.eval.made import DATA, stored


@pytest.mark.parametrize(
    ("text", "before", "now", "broken"),
    [
        ("ndcg@10 drops 0.01", [0.5, 0.5, 0.5], [0.5, 0.5, 0.47], True),
        ("ndcg@10 drops 0.01", [0.5, 0.5, 0.5], [0.5, 0.5, 0.48], False),
        ("ndcg@10 drops 0.01", [0.5, 0.5, 0.5], [0.6, 0.6, 0.6], False),
        ("nDCG@10 drops 10%", [0.5, 0.5, 0.5], [0.45, 0.45, 0.45], True),
        ("nDCG@10 drops 11 %", [0.5, 0.5, 0.5], [0.45, 0.45, 0.45], False),
        ("mrr@10 drops 0", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], False),
        ("mrr@10 rises 0.1", [0.5, 0.5, 0.5], [0.6, 0.6, 0.6], True),
        ("p50 ms rises 1", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], False),
        ("NDCG@10 below 0.5", None, [0.5, 0.5, 0.4], True),
        ("ndcg@10 below 0.5", None, [0.5, 0.5, 0.5], False),
        ("p99_ms above 10", None, [0.5, 0.5, 0.5], True),
        ("p99 ms above 12.5", None, [0.5, 0.5, 0.5], False),
    ],
)
def test_conditions_hold_or_do_not(
    text: str, before: list[float] | None, now: list[float], broken: bool
) -> None:
    baseline = None if before is None else stored(before)
    (verdict,) = judge_run([parse_condition(text)], stored(now), baseline)
    assert verdict.broken is broken
    assert verdict.dataset == "mine"


@pytest.mark.parametrize("text", ["", "ndcg", "ndcg@10 falls 0.1", "drops 0.1", "a below 5%"])
def test_what_cannot_be_read_is_a_typed_error(text: str) -> None:
    with pytest.raises(GateInvalid):
        parse_condition(text)


def test_a_gate_with_nothing_to_judge_is_never_passed() -> None:
    drops = [parse_condition("ndcg@10 drops 0.01")]
    now = stored([0.5, 0.5])
    with pytest.raises(GateInvalid, match="need --baseline"):
        judge_run(drops, now, None)
    with pytest.raises(GateInvalid, match="nothing to judge") as caught:
        judge_run([parse_condition("page@5 drops 0.01")], now, now)
    assert "nDCG@10" in caught.value.advice
    elsewhere = stored([0.5, 0.5])
    cases = tuple(replace(each, dataset="other") for each in elsewhere.cases)
    with pytest.raises(GateInvalid, match="nothing to judge"):
        judge_run(drops, now, replace(elsewhere, cases=cases))


def test_what_cannot_be_judged_is_refused_before_measuring() -> None:
    now, figures = stored([0.5]), {"mine": ("nDCG@10", "recall@5")}
    drops, below = parse_condition("ndcg@10 drops 0.01"), parse_condition("p50 ms above 1")
    check_conditions([drops, below], now.info, figures, now)
    check_conditions([below], now.info, {"mine": ()}, None)
    with pytest.raises(GateInvalid, match="nothing to judge") as caught:
        check_conditions([parse_condition("page@5 below 0.1")], now.info, figures, None)
    assert "recall@5" in caught.value.advice
    with pytest.raises(GateInvalid, match="nothing to judge"):
        check_conditions(
            [parse_condition("recall@5 drops 0.1")], now.info, figures, now
        )  # the baseline has none
    with pytest.raises(GateInvalid, match="nothing to judge"):
        check_conditions([drops], now.info, {"elsewhere": ("nDCG@10",)}, now)
    changed = replace(now.info, data=(replace(DATA, hash="f" * 16),))
    with pytest.raises(GateInvalid, match="other data: mine"):
        check_conditions([drops], now.info, figures, replace(now, info=changed))


def test_other_data_under_the_same_name_is_no_baseline() -> None:
    now, before = stored([0.5]), stored([0.5])
    changed = replace(before.info, data=(replace(DATA, hash="f" * 16),))
    with pytest.raises(GateInvalid, match="other data"):
        judge_run([parse_condition("ndcg@10 drops 1")], now, replace(before, info=changed))
    fewer = replace(before.info, options={"limit_queries": 1})
    with pytest.raises(GateInvalid, match="other"):
        judge_run([parse_condition("ndcg@10 drops 1")], now, replace(before, info=fewer))
    answers = replace(before.info, suite="answers")
    with pytest.raises(GateInvalid, match="a run of answers"):
        judge_run([parse_condition("ndcg@10 drops 1")], now, replace(before, info=answers))
