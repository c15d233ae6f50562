"""The rarity weight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.analysis.rarity import weigh_rarities, weigh_rarity


def test_a_rare_term_weighs_more_and_one_in_every_text_still_something() -> None:
    assert weigh_rarity(10, 1) > weigh_rarity(10, 5) > weigh_rarity(10, 10) == math.log(2)


def test_many_terms_weigh_as_they_do_one_by_one() -> None:
    holders = np.array([0.5, 1.5, 7.0])
    expected = [weigh_rarity(7, each) for each in holders]
    assert weigh_rarities(7, holders) == pytest.approx(expected)
