"""Counts how functions, classes and modules are named, over the four rooms.

Run as `python -m tests.project.count_names`; `--limits` exits with 1 where a limit is passed.

A function should say what it does, verb and object (`build_hits`), so names of one word and lone
participles (`kept`) are counted among all functions and methods but dunders. A private name that
stands in many modules, a name of two classes and two modules of nearly one name are listed: each
makes a reader open a file to know what is meant. For `ingest/pdf`, floats without a name in
function bodies and uses of `id(…)` as a key are counted too.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

from tests.support import ROOT

ROOMS = ("ingest", "rag", "app", "eval")
PDF = Path("ingest") / "pdf"
MOST_ONE_WORD = 0.35
"""Share of functions whose name is one word."""
MOST_PARTICIPLES = 0.03
"""Share of functions whose name is a lone participle."""
MOST_MODULES = 3
"""Modules in which one private function name may stand."""
ALIKE = 0.85
"""Modules of one folder with names as similar as this (difflib's ratio) are listed."""

IRREGULAR = {
    "begun", "blown", "born", "borne", "bought", "brought", "built", "caught", "dealt", "done",
    "drawn", "driven", "dug", "fed", "fled", "flown", "fought", "found", "frozen", "gone",
    "grown", "heard", "held", "hidden", "hung", "kept", "known", "laid", "lain", "led", "lent",
    "lost", "made", "meant", "met", "paid", "said", "seen", "sent", "shown", "slept", "sold",
    "sought", "spent", "spun", "stood", "struck", "stuck", "sung", "swept", "swum", "taken",
    "taught", "thrown", "told", "torn", "understood", "won", "worn",
}  # fmt: skip
"""Past participles without -ed or -en that are neither a verb's base form nor a noun."""
NO_PARTICIPLES = {
    "bed", "breed", "children", "embed", "even", "exceed", "feed", "garden", "golden",
    "happen", "heed", "len", "listen", "need", "often", "open", "proceed", "red", "screen",
    "seed", "shed", "speed", "ten", "then", "token", "wed", "weed", "when",
}  # fmt: skip
"""Words that end in -ed or -en all the same."""
PLAIN_FLOATS = (0.0, 0.5, 1.0, 2.0)
"""Numbers that explain themselves: nothing, half, all, twice."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a room; `path` begins with the room."""

    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first folder."""
        return self.path.parts[0]

    def list_functions(self) -> list[str]:
        """Return the names of all functions and methods but dunders."""
        return [
            node.name
            for node in ast.walk(self.tree)
            if isinstance(node, _Function) and not is_dunder(node.name)
        ]

    def list_classes(self) -> list[str]:
        """Return the names of all classes."""
        return [node.name for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]


@dataclass(frozen=True, slots=True)
class Share:
    """How the functions of one room, or of all, are named."""

    room: str
    functions: int
    one_word: int
    participles: int

    @property
    def one_word_share(self) -> float:
        """Names of one word among all."""
        return self.one_word / max(1, self.functions)

    @property
    def participle_share(self) -> float:
        """Lone participles among all."""
        return self.participles / max(1, self.functions)


def is_dunder(name: str) -> bool:
    """Say whether Python gives the name its meaning, as with `__len__`."""
    return name.startswith("__") and name.endswith("__")


def is_one_word(name: str) -> bool:
    """Say whether a name has no underscore between letters."""
    return "_" not in name.strip("_")


def is_participle(name: str) -> bool:
    """Say whether a name is a past participle and nothing else, as `_kept` is."""
    word = name.strip("_").lower()
    if "_" in word or word in NO_PARTICIPLES:
        return False
    return word in IRREGULAR or re.fullmatch(r"[a-z]+(?:ed|en)", word) is not None


def read_modules(root: Path) -> list[Module]:
    """Return all modules of the four rooms."""
    paths = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")))
    return [
        Module(path.relative_to(root), ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
        if "node_modules" not in path.parts
    ]


def count_shares(modules: Sequence[Module]) -> list[Share]:
    """Count names of functions by room, and of all rooms at the end."""
    names: dict[str, list[str]] = {room: [] for room in ROOMS}
    for module in modules:
        names[module.room] += module.list_functions()
    names["all"] = [name for listed in names.values() for name in listed]
    return [
        Share(room, len(listed), sum(map(is_one_word, listed)), sum(map(is_participle, listed)))
        for room, listed in names.items()
    ]


def find_common_helpers(modules: Iterable[Module]) -> dict[str, int]:
    """Return private function names that stand in more than `MOST_MODULES` modules."""
    places: dict[str, int] = defaultdict(int)
    for module in modules:
        for name in {each for each in module.list_functions() if each.startswith("_")}:
            places[name] += 1
    return {name: places[name] for name in sorted(places) if places[name] > MOST_MODULES}


def find_common_classes(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Return names that several classes have, with the modules where they stand."""
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        for name in module.list_classes():
            places[name].append(str(module.path))
    return {name: places[name] for name in sorted(places) if len(places[name]) > 1}


def find_alike_modules(modules: Iterable[Module]) -> list[tuple[Path, Path]]:
    """Return pairs of modules of one folder whose names are nearly the same."""
    folders: dict[Path, list[Path]] = defaultdict(list)
    for module in modules:
        if not is_dunder(module.path.stem):
            folders[module.path.parent].append(module.path)
    return [
        (first, second)
        for listed in folders.values()
        for first, second in combinations(sorted(listed), 2)
        if are_alike(first.stem, second.stem)
    ]


def are_alike(first: str, second: str) -> bool:
    """Say whether two names differ by a letter or two, or by an ending alone."""
    short, long = sorted((first, second), key=len)
    return long in {short + ending for ending in ("s", "ed", "ing")} or (
        SequenceMatcher(None, short, long).ratio() >= ALIKE
    )


def list_bare_floats(modules: Iterable[Module]) -> dict[str, int]:
    """Count floats without a name in function bodies of `ingest/pdf`, by module."""
    counts: dict[str, int] = {}
    for module in modules:
        if PDF in module.path.parents:
            found = sum(map(_is_bare_float, _walk_bodies(module.tree)))
            if found:
                counts[str(module.path)] = found
    return counts


def _walk_bodies(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield each node within functions once, also of functions within functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function):
            for statement in node.body:
                yield from ast.walk(statement)
        else:
            waiting += ast.iter_child_nodes(node)


def _is_bare_float(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, float)
        and node.value not in PLAIN_FLOATS
    )


def count_id_calls(modules: Iterable[Module]) -> int:
    """Count calls of `id` in `ingest/pdf`."""
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id"
        for module in modules
        if PDF in module.path.parents
        for node in ast.walk(module.tree)
    )


def find_broken_limits(shares: Sequence[Share], helpers: Mapping[str, int]) -> list[str]:
    """Return what passes a limit, in words."""
    total = shares[-1]
    broken = []
    if total.one_word_share > MOST_ONE_WORD:
        broken.append(f"{total.one_word_share:.1%} one-word names; at most {MOST_ONE_WORD:.0%}")
    if total.participle_share > MOST_PARTICIPLES:
        broken.append(f"{total.participle_share:.1%} participles; at most {MOST_PARTICIPLES:.0%}")
    broken += [f"{name} stands in {count} modules" for name, count in helpers.items()]
    return broken


def format_report(modules: Sequence[Module]) -> str:
    """Return the table and the lists as text."""
    lines = [f"{'':8}{'functions':>10}{'one word':>16}{'participles':>16}"]
    for share in count_shares(modules):
        one_word = f"{share.one_word} ({share.one_word_share:.1%})"
        participles = f"{share.participles} ({share.participle_share:.1%})"
        lines.append(f"{share.room:8}{share.functions:>10}{one_word:>16}{participles:>16}")
    helpers = find_common_helpers(modules)
    classes = find_common_classes(modules)
    alike = find_alike_modules(modules)
    floats = list_bare_floats(modules)
    listed = {
        f"private names in more than {MOST_MODULES} modules": [
            f"{name} ({count})" for name, count in helpers.items()
        ],
        "names of more than one class": [
            f"{name} ({len(places)}: {', '.join(places)})" for name, places in classes.items()
        ],
        "modules of nearly one name": [f"{first}, {second}" for first, second in alike],
        "bare floats in function bodies of ingest/pdf": [
            f"{count} in {path}" for path, count in floats.items()
        ],
    }
    totals = [len(helpers), len(classes), len(alike), sum(floats.values())]
    for (title, items), total in zip(listed.items(), totals, strict=True):
        lines += [f"{title}: {total}", *(f"    {item}" for item in items)]
    lines.append(f"calls of id() in ingest/pdf: {count_id_calls(modules)}")
    return "\n".join(lines)


def main() -> None:
    """Print the counts; with `--limits`, exit with 1 where one is passed."""
    parser = argparse.ArgumentParser(description="Count how functions and modules are named.")
    parser.add_argument("--limits", action="store_true", help="exit with 1 past a limit")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout to count in")
    chosen = parser.parse_args()
    modules = read_modules(chosen.root)
    print(format_report(modules))  # noqa: T201
    broken = find_broken_limits(count_shares(modules), find_common_helpers(modules))
    if chosen.limits and broken:
        sys.exit("Names: " + "; ".join(broken))


if __name__ == "__main__":
    main()
