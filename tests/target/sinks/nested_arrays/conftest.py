"""A base whose arrays of objects become tables of their own."""

import pytest


@pytest.fixture
def nested_base(base):
    base.config = {"nested": "table", "hard_delete": True}
    return base
