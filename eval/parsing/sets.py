"""Reads parsing sets from disk: folders of PDFs with a reference for each.

The kind of a set is in its `set.json`; without that file it follows from the name, for public sets,
or from the form of the references. Limits: a document has the name of its file; sub-folders of
`pdf` are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.data.datasets import PARSING_LAYOUT
from eval.errors import DatasetInvalid
from eval.parsing.references import Kind, Scorer, scorer_of

_KNOWN = {
    "dpb": Kind.PAGES,
    "readoc": Kind.PAPERS,
    "toc": Kind.OUTLINES,
    "icdar13": Kind.TABLES,
    "olmb": Kind.TESTS,
    "omni": Kind.SCANS,
    "synth": Kind.DOCUMENTS,
}
"""Public sets that carry no `set.json`."""


@dataclass(frozen=True, slots=True)
class ParsingSet:
    """A set: `documents` (file names without suffix) have a reference, `unknown` have none."""

    name: str
    folder: Path
    kind: Kind
    scorer: Scorer
    documents: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def pdf_path_of(self, document: str) -> Path:
        """Return the PDF of a document."""
        return self.folder / "pdf" / f"{document}.pdf"


def load_parsing_sets(folder: Path, names: Sequence[str] = ()) -> list[ParsingSet]:
    """Read the sets of a folder, or the folder as one set; `names` chooses among them.

    Raises DatasetInvalid, saying what is expected.
    """
    hint = f"The expected layout is:\n{PARSING_LAYOUT}"
    if not folder.is_dir():
        raise DatasetInvalid(f"There is no folder {folder}.", hint=hint)
    if _is_set(folder):
        found = {folder.resolve().name: folder}
    else:
        found = {each.name: each for each in sorted(folder.iterdir()) if _is_set(each)}
    if not found:
        raise DatasetInvalid(f"{folder} has no folders pdf and gt.", hint=hint)
    missing = [name for name in names if name not in found]
    if missing:
        raise DatasetInvalid(
            f"{folder} has no set {', '.join(missing)}.", hint=f"There are: {', '.join(found)}."
        )
    return [_load_parsing_set(name, found[name]) for name in names or found]


def _is_set(folder: Path) -> bool:
    return (folder / "pdf").is_dir() and (folder / "gt").is_dir()


def _load_parsing_set(name: str, folder: Path) -> ParsingSet:
    kind = _kind_of(name, folder)
    scorer = scorer_of(kind, folder)
    documents = sorted(path.stem for path in (folder / "pdf").glob("*.pdf"))
    known = tuple(document for document in documents if scorer.knows(document))
    if not known:
        raise DatasetInvalid(f"{folder}: no file in pdf has a reference in gt (read as {kind}).")
    unknown = tuple(document for document in documents if document not in set(known))
    return ParsingSet(name, folder, kind, scorer, known, unknown)


def _kind_of(name: str, folder: Path) -> Kind:
    chosen = folder / "set.json"
    if chosen.is_file():
        try:
            return Kind(json.loads(chosen.read_text(encoding="utf-8"))["kind"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            kinds = ", ".join(Kind)
            raise DatasetInvalid(f'{chosen} needs {{"kind": …}}, one of {kinds}.') from error
    references = folder / "gt"
    if name in _KNOWN:
        return _KNOWN[name]
    if (references / "tests.json").is_file():
        return Kind.TESTS
    if any(references.glob("*.md")):
        return Kind.PAGES if (folder / "gt_nohf").is_dir() else Kind.DOCUMENTS
    return _kind_of_json(references)


def _kind_of_json(references: Path) -> Kind:
    """Return the kind by the first JSON reference: a list of tables, or an object of bookmarks."""
    for path in sorted(references.glob("*.json")):
        try:
            listed = isinstance(json.loads(path.read_text(encoding="utf-8")), list)
        except (OSError, ValueError) as error:
            raise DatasetInvalid(f"{path}: no JSON ({error}).") from error
        return Kind.TABLES if listed else Kind.OUTLINES
    raise DatasetInvalid(
        f"{references} has no references.", hint=f"The expected layout is:\n{PARSING_LAYOUT}"
    )
