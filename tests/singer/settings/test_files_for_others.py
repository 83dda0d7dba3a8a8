"""A file that is given for another is recognised, and the sentence says what it is."""

import json

import pytest

from tests.singer.settings.commands import CONFIGURATION, run, with_file

STATE = json.dumps({"bookmarks": {"T": {"replication_key_value": None}}})
CATALOG = json.dumps({"streams": [{"tap_stream_id": "T", "schema": {}, "metadata": []}]})
SETTINGS = json.dumps({"server_url": "https://seatable.example", "api_token": "secret-token"})
MESSAGES = '{"type": "SCHEMA", "stream": "t", "schema": {}}\n{"type": "RECORD", "stream": "t"}\n'
TABLE = "name;secret-token\nTea;1\n"
YAML = "plugins:\n  extractors: []\n"
MELTANO_STATE = json.dumps({"singer_state": {"bookmarks": {}}})

IS_STATE = "holds a state. Give it with --state."
IS_CATALOG = "holds a catalog. Give it with --catalog."
IS_SETTINGS = "holds settings. Give it with --config."
IS_TABLE = "holds a CSV table. target-seatable load loads such files."
IS_MESSAGES = (
    "holds Singer messages. The target reads them from standard input. A state is the 'value' "
    "of the last STATE message."
)
IS_YAML = "holds YAML. Write it as JSON."


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        ("--state", CATALOG, IS_CATALOG),
        ("--state", SETTINGS, IS_SETTINGS),
        ("--state", TABLE, IS_TABLE),
        ("--state", MESSAGES, IS_MESSAGES),
        ("--state", MELTANO_STATE, "holds a state as Meltano keeps it. Put what its 'singer_"),
        ("--catalog", STATE, IS_STATE),
        ("--catalog", SETTINGS, IS_SETTINGS),
        ("--catalog", TABLE, IS_TABLE),
        ("--catalog", YAML, IS_YAML),
        ("--config", STATE, IS_STATE),
        ("--config", CATALOG, IS_CATALOG),
        ("--config", TABLE, IS_TABLE),
        ("--config", MESSAGES, IS_MESSAGES),
        ("--config", YAML, IS_YAML),
    ],
)
def test_a_file_given_for_another_is_recognised(tmp_path, option, content, expected):
    arguments, path = with_file(tmp_path, option, content)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of {option} {path} {expected}" in last
    assert "secret-token" not in last


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"PK\x03\x04\xff", "holds an Excel workbook or another archive. target-seatable load"),
        (b"PAR1\xff", "holds a Parquet file. target-seatable load"),
        (b"\x1f\x8b\xff", "holds a compressed file. Unpack it first."),
    ],
)
@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_a_file_of_no_text_is_recognised(tmp_path, option, start, expected):
    arguments, path = with_file(tmp_path, option, "")
    path.write_bytes(start)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of {option} {path} {expected}" in last


def test_the_target_is_told_of_them_too(tmp_path):
    path = tmp_path / "given.json"
    for content, expected in ((TABLE, IS_TABLE), (CATALOG, IS_CATALOG), (STATE, IS_STATE)):
        path.write_text(content)
        code, last = run("target-seatable", "--config", str(path))
        assert code == CONFIGURATION
        assert expected in last
