"""Computes the edit distance of ordered trees (Pawlik and Augsten, "Tree edit distance", 2016).

Inserting or deleting a node costs 1; changing one into another costs 1 where their kinds differ
and otherwise the Levenshtein distance of their texts, as a share of the longer one. Limits: the
apted package is pure Python: two trees of 400 nodes take about a second.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import Levenshtein


@dataclass(slots=True)
class Tree:
    """A node with its children in order; nodes of different kinds have nothing in common."""

    kind: Hashable
    text: str = ""
    children: list[Tree] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Number of nodes, this one included."""
        return 1 + sum(child.size for child in self.children)


class _Costs:
    """The costs of edits, as `apted` calls them."""

    valuecls = float

    def __init__(self, texts: bool) -> None:
        self._texts = texts

    def children(self, node: Tree) -> list[Tree]:
        return node.children

    def rename(self, one: Tree, other: Tree) -> float:
        if one.kind != other.kind:
            return 1.0
        return Levenshtein.normalized_distance(one.text, other.text) if self._texts else 0.0

    def delete(self, _node: Tree) -> float:
        return 1.0

    def insert(self, _node: Tree) -> float:
        return 1.0


def edit_distance(one: Tree, other: Tree, *, texts: bool = True) -> float:
    """Return the least cost of edits that turn one tree into the other.

    Without `texts` only the kinds of nodes count.
    """
    from apted import APTED

    apted: Any = APTED(one, other, _Costs(texts))
    return float(apted.compute_edit_distance())


def likeness_share(distance: float, size: int) -> float:
    """Return 1 - distance / size, kept within 0..1."""
    return max(0.0, min(1.0, 1.0 - distance / size))
