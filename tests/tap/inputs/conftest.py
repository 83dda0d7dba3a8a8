"""A catalog kept from before, as Meltano keeps it."""

from __future__ import annotations

import pytest

from tests.tap.support import discover, make_table


@pytest.fixture
def old(base, config):
    """A base with two tables of two rows, and its catalog; then the base may change."""
    make_table(base, "T", 2)
    make_table(base, "U", 2)
    return discover(config)
