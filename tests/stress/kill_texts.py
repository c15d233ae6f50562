"""The documents of the kill driver, and which of them there should be."""

from __future__ import annotations

from dataclasses import dataclass, field


def word_of(name: str, version: int) -> str:
    """Return a word that only this version of this document has."""
    letters = "abcdefghij"
    code = "".join(letters[int(digit)] for digit in str(version))
    return f"q{code}x{''.join(char for char in name if char.isalpha())}z"


@dataclass(slots=True)
class Wanted:
    """What there should be: by collection and name the version of the text, 0 for none.

    `written` are all versions that ever were.
    """

    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    written: list[tuple[str, int]] = field(default_factory=list)
    latest: int = 0

    def next_version(self, name: str) -> int:
        """Return a version that no text has had yet: no two texts are the same."""
        self.latest += 1
        self.written.append((name, self.latest))
        return self.latest

    def named(self, collection: str, *, there: bool) -> list[str]:
        """Return the names of a collection's documents that are (not) there."""
        return sorted(
            name
            for (of, name), version in self.versions.items()
            if of == collection and bool(version) is there
        )


def text_of(name: str, version: int) -> str:
    """Return a document of some chapters; every one has the word of this very version."""
    if name.startswith("bad"):
        return f"\ufffd{version}\ufffd" + "\ufffd" * 200
    chapters = [
        f"# Chapter {part}\n\nThe pump {word_of(name, version)} needs oil after {part} hours.\n\n"
        + " ".join(f"Part {n} of unit {part} is replaced every year." for n in range(20))
        + f"\n\n型号{part}的水泵在{part}小时后需要加油。"
        for part in range(3 + version % 9)
    ]
    return "\n\n".join(chapters)
