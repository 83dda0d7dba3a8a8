"""Garbage collection, tuned for streams of records."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OBJECTS_BETWEEN_COLLECTIONS = 200_000


@contextlib.contextmanager
def reduced_gc() -> Iterator[None]:
    """Look for cycles seldom: records hold none, and a batch of them is a hundred thousand objects.

    Not never: errors do hold cycles, and there may be as many as records.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextlib.contextmanager
def without_gc() -> Iterator[None]:
    """Rows hold no cycles, and looking for some in all of them costs a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
