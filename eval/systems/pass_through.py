"""Passes the methods that a wrapper does not define through to the wrapped object.

docchat asks its parts whether they have further methods ("does this index know titles?"). A wrapper
with only the methods it was written for would answer no, and then something else than the product
would be measured. Limits: methods only, and only those that exist when the object is wrapped.
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
        # getattr_static does not run properties: one of them might load a model.
        is_method = inspect.isroutine(inspect.getattr_static(inner, name))
        if is_method and not name.startswith("_") and not hasattr(type(outer), name):
            setattr(outer, name, around(getattr(inner, name)))
