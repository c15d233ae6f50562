"""What a wrapper does not know of is passed through, so that measuring switches nothing off.

docchat asks its parts for what they can do more ("does this index know titles?"). A wrapper that
has only the methods it was written for would answer no, and something else than the product would
be measured. Limits: methods only, those that the wrapped object has when it is wrapped.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

MethodWrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def pass_through(
    outer: object, inner: object, around: MethodWrapper = lambda method: method
) -> None:
    """Give `outer` every public method of `inner` that its class lacks, each put in `around`."""
    for name in dir(inner):
        # Looked at without calling: a property might load a model.
        is_method = inspect.isroutine(inspect.getattr_static(inner, name))
        if is_method and not name.startswith("_") and not hasattr(type(outer), name):
            setattr(outer, name, around(getattr(inner, name)))
