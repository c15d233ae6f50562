"""Loads prompts: one text file per prompt and language, with `{name}` where a value goes.

A placeholder is lower-case letters and underscores in braces; other braces are text. Values are
put in once and not searched for placeholders, so braces in a document's text do no harm. A file
must name exactly the variables that the code gives, so that a typing mistake raises an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.errors import PromptInvalid
from rag.types import Language

FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text, its placeholders still in it."""

    name: str
    language: Language
    template: str

    @property
    def variables(self) -> frozenset[str]:
        """Return the names of the placeholders."""
        return frozenset(_PLACEHOLDER.findall(self.template))

    def render(self, **variables: str) -> str:
        """Return the text with the values in place. Raises PromptInvalid if names do not match."""
        given = frozenset(variables)
        if given != self.variables:
            lacking = ", ".join(sorted(self.variables - given))
            unknown = ", ".join(sorted(given - self.variables))
            problems = [
                f"no value for {lacking}" if lacking else "",
                f"no place for {unknown}" if unknown else "",
            ]
            said = " and ".join(filter(None, problems))
            raise PromptInvalid(f"Prompt {self.name}.{self.language}: {said}.")
        return _PLACEHOLDER.sub(lambda match: variables[match[1]], self.template)


@lru_cache(maxsize=64)
def load_prompt(name: str, language: Language, folder: Path = FOLDER) -> Prompt:
    """Return the prompt from `<name>.<language>.txt`. Raises PromptInvalid."""
    path = folder / f"{name}.{language}.txt"
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PromptInvalid(f"Prompt {name}.{language} cannot be read: {error}") from error
    if not text:
        raise PromptInvalid(f"Prompt {name}.{language} is empty.")
    return Prompt(name, language, text)
