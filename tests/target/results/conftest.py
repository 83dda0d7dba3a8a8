"""The file of a plan."""

import pytest


@pytest.fixture
def plan(tmp_path):
    return tmp_path / "plan.json"
