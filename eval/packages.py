"""Checks that the libraries that only evaluation needs are there: the extra `eval`.

Every program of evaluation asks before it measures anything, so that none stops half-way for want
of a library. Help needs none of them.
"""

from __future__ import annotations

from importlib.util import find_spec

from eval.errors import PackageMissing

PACKAGES = ("apted", "bs4", "ir_measures", "pytrec_eval", "rank_bm25", "rapidfuzz", "scipy")
"""What the extra `eval` installs, by the name that is imported."""


def check_packages() -> None:
    """Raise PackageMissing unless all of `PACKAGES` are installed."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise PackageMissing(
            f"Evaluation needs what is not installed: {', '.join(missing)}.",
            hint="Install it with `pip install 'docchat[eval]'`.",
        )
