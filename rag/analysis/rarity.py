"""Computes the one rarity weight: the fewer of some texts have a term, the more it counts.

Inverse document frequency after Spärck Jones (1972), with 1 added inside the logarithm, so that a
term in every text still counts a little.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def weigh_rarity(total: float, holders: float) -> float:
    """Return log(1 + total / holders), for a term that `holders` of `total` texts have.

    `holders` must not be 0: add 1 or 1/2 where a term may be in none.
    """
    return math.log(1 + total / holders)


def weigh_rarities(total: float, holders: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of many terms at once; `holders` and the result have shape (n,)."""
    weights: NDArray[np.float64] = np.log1p(total / holders)
    return weights
