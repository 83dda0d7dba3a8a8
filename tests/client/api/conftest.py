"""A base on each generation of server."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api, V1SqlApi
from seatable_client.connection import connect
from seatable_sandbox import Sandbox

if TYPE_CHECKING:
    from seatable_client.api.base import Base
from tests.client.api.support import settings_of

_numbers = itertools.count()

GENERATIONS: dict[str, tuple[str, dict[str, Any], type[Base]]] = {
    "gateway": ("gateway", {}, Gateway),
    "v1 with SQL": ("v1", {"dtable_db": True, "version": "4.3.0"}, V1SqlApi),
    "v1": ("v1", {"version": "2.3.1", "grant_answer": "2019", "v1_paging": True}, V1Api),
    "2020": ("v1-2020", {}, V1Api),
}


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request):
    profile, overrides, kind = GENERATIONS[request.param]
    with Sandbox(profile, time_zone="Europe/Berlin", **overrides) as sandbox:
        yield sandbox, kind


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


@pytest.fixture
def sandbox(generation):
    yield generation[0]
    generation[0].clear_faults()


@pytest.fixture
def door(sandbox):
    """A new base, by the sandbox's own door."""
    made = sandbox.create_base(f"Base {next(_numbers)}")
    made.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    return made


@pytest.fixture
def base(sandbox, door):
    return connect(settings_of(sandbox, door)).base
