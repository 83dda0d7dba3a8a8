"""Which API a base is opened with, and what access to it means, on each generation."""

from __future__ import annotations

from typing import Any

import pytest

from seatable_client import connection
from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api, V1SqlApi
from seatable_client.connection import connect
from seatable_client.errors import (
    ApiNotAvailable,
    AuthenticationError,
    ConfigError,
    PermissionDenied,
)
from seatable_client.metadata import Table
from seatable_client.settings import CONNECTION_SETTINGS
from tests.client.api.support import names, read_all, settings_of
from tests.client.scripted_server import HTML, PAGE, Reply

# -- which generation -----------------------------------------------------------------------------


def test_the_generation_is_found_and_costs_no_more_than_two_calls(generation, door):
    sandbox, kind = generation
    sandbox.calls.clear()
    base = connect(settings_of(sandbox, door)).base
    assert type(base) is kind
    assert len(sandbox.calls) <= 2
    assert base.name in {door.name, door.uuid}


def test_the_other_generation_is_said_to_be_missing(generation, door):
    sandbox, kind = generation
    other = "v1" if kind is Gateway else "v2"
    base = connect(settings_of(sandbox, door, api_version=other)).base
    assert (type(base) is Gateway) == (other == "v2")
    with pytest.raises(ApiNotAvailable, match=r"this server has no such API .*api_version"):
        base.metadata()
    table = Table("0000", "T", ())
    with pytest.raises(ApiNotAvailable, match="this server has no such API"):
        base.append_rows(table.name, [{"Name": "x"}])


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ({"version": "2.4.0"}, V1SqlApi),
        ({"version": "10.0"}, V1SqlApi),
        ({"version": "2.3.9"}, V1Api),
        ({"version": None}, V1Api),
        ({}, V1Api),
        ([], V1Api),
        (404, V1Api),
    ],
    ids=str,
)
def test_the_version_decides_where_the_token_does_not(serve, info, kind):
    def answer(request):
        if "app-access-token" in request.path:
            return Reply(body={"access_token": "t", "dtable_uuid": "u"})
        return Reply(404, PAGE, HTML) if info == 404 else Reply(body=info)

    server = serve(answer)
    assert type(connect({"server_url": server.url, "api_token": "t"}).base) is kind


@pytest.mark.parametrize(
    ("config", "because"),
    [
        ({"api_token": ""}, "api_token is not set"),
        ({"api_token": "  "}, "api_token is not set"),
        ({}, "api_token is not set"),
        ({"api_token": "t", "server_timezone": "Mars/Olympus"}, "not a time zone"),
        ({"api_token": "t", "server_timezone": "../../etc/passwd"}, "not a time zone"),
        ({"api_token": "t", "server_url": "cloud.seatable.io"}, "server_url must be"),
    ],
)
def test_a_wrong_setting_is_a_sentence(config, because):
    with pytest.raises(ConfigError, match=because):
        connect(config)


def test_settings_that_are_not_given_have_the_described_defaults(monkeypatch):
    made: dict[str, Any] = {}

    class Noted(Exception):
        pass

    def note(url, **settings):
        made.update(settings, url=url)
        raise Noted

    monkeypatch.setattr(connection, "Transport", note)
    with pytest.raises(Noted):
        connect({"api_token": "t"})
    described = {n: setting.get("default") for n, setting in CONNECTION_SETTINGS.items()}
    assert made == {
        "url": described["server_url"],
        "timeout": described["request_timeout"],
        "max_requests_per_minute": None,
        "max_wait_seconds": described["max_wait_seconds"],
        "budget": None,
        "ca_bundle": "",
    }


# -- access ---------------------------------------------------------------------------------------


def test_a_run_outlives_its_token(sandbox, base):
    base.metadata()
    sandbox.expire_tokens()
    assert base.append_rows("T", [{"Name": "a"}]).count == 1
    assert names(read_all(base)[0]) == ["a"]


def test_a_token_that_only_reads_says_so_when_it_is_to_write(sandbox, door):
    base = connect({"server_url": sandbox.url, "api_token": door.read_only_token}).base
    assert base.permission == "r"
    with pytest.raises(PermissionDenied, match="only permits reading"):
        base.append_rows("T", [{"Name": "x"}])
    assert door.rows("T") == []


def test_a_revoked_api_token_ends_the_run_with_a_sentence(sandbox, door, base):
    sandbox.revoke(door.api_token)
    sandbox.expire_tokens()
    with pytest.raises(AuthenticationError, match="Check api_token"):
        base.metadata()


def test_an_api_token_of_nobody(sandbox):
    with pytest.raises(AuthenticationError, match="Check api_token"):
        connect({"server_url": sandbox.url, "api_token": "0" * 40})
