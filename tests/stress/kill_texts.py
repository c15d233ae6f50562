"""Makes the documents of the kill driver, and records which of them should exist."""

from __future__ import annotations

from dataclasses import dataclass, field


def word_of(name: str, version: int) -> str:
    """Return a word that only this version of this document has."""
    letters = "abcdefghij"
    code = "".join(letters[int(digit)] for digit in str(version))
    return f"q{code}x{''.join(char for char in name if char.isalpha())}z"


@dataclass(slots=True)
class Wanted:
    """What should exist: `versions` by collection and name, 0 for none.

    `written` are all versions that were ever written.
    """

    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    written: list[tuple[str, int]] = field(default_factory=list)
    latest: int = 0

    def next_version(self, name: str) -> int:
        """Return a version that no text has had yet: no two texts are the same."""
        self.latest += 1
        self.written.append((name, self.latest))
        return self.latest

    def list_names(self, collection: str, *, there: bool) -> list[str]:
        """Return the names of a collection's documents that should exist, or that should not."""
        return sorted(
            name
            for (of, name), version in self.versions.items()
            if of == collection and bool(version) is there
        )


def text_of(name: str, version: int) -> str:
    """Return a document of some chapters; each contains the word of this version."""
    if name.startswith("bad"):
        return f"\ufffd{version}\ufffd" + "\ufffd" * 200
    chapters = [
        f"# Chapter {part}\n\nThe pump {word_of(name, version)} needs oil after {part} hours.\n\n"
        + " ".join(f"Part {n} of unit {part} is replaced every year." for n in range(20))
        + f"\n\n型号{part}的水泵在{part}小时后需要加油。"
        for part in range(3 + version % 9)
    ]
    return "\n\n".join(chapters)
