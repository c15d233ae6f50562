"""The docs site: every page is in its navigation, and nothing in it is loaded from elsewhere.

Dead links are found by `make docs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.support import ROOT

DOCS = ROOT / "docs"


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML in which tags name Python functions, which are not looked up."""


_PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", lambda _loader, name, _node: name)


def read_config() -> dict[str, Any]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config: dict[str, Any] = yaml.load(text, Loader=_PlainLoader)
    return config


def find_pages(entry: Any) -> Iterator[str]:
    """Yield the pages of a navigation."""
    if isinstance(entry, str):
        yield entry
    for inner in entry if isinstance(entry, list) else ():
        yield from find_pages(inner)
    for inner in entry.values() if isinstance(entry, dict) else ():
        yield from find_pages(inner)


def test_every_page_is_in_the_navigation_once() -> None:
    named = list(find_pages(read_config()["nav"]))
    assert sorted(named) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_the_site_asks_no_other_server() -> None:
    config = read_config()
    assert config["theme"]["font"] is False
    (fences,) = [
        each["pymdownx.superfences"]["custom_fences"]
        for each in config["markdown_extensions"]
        if isinstance(each, dict) and "pymdownx.superfences" in each
    ]
    # Of the class "mermaid" the theme itself would take care, with a script from a CDN.
    assert [(each["name"], each["class"]) for each in fences] == [("mermaid", "diagram")]
    for name in (*config["extra_javascript"], *config["extra_css"]):
        assert not re.search(r"https?:", (DOCS / name).read_text(encoding="utf-8"))
