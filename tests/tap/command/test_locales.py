"""Files, variables and output are UTF-8, whatever the locale of the machine says."""

from __future__ import annotations

import json

import pytest

from tests.servers import WITH_SQL
from tests.tap.support import discover, make_table, parse, read, run_command

ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""As in a container without locales, where Python is told to follow the locale."""

LATIN = {**ASCII, "PYTHONIOENCODING": "latin-1"}

TABLE = "Größe 💥"


@pytest.fixture
def files(tmp_path, base, config):
    """Settings, a catalog and a state that name a table in German."""
    make_table(base, TABLE, 3)
    base.rename_column(TABLE, "Amount", "Größe")
    config = {**config, "tables": [TABLE], "where": {TABLE: "`Größe` >= 0"}}
    catalog, state = discover(config), read(config).state
    for name, content in {"config": config, "catalog": catalog, "state": state}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return tmp_path


@pytest.mark.only_on(*WITH_SQL)  # for the condition
def test_settings_catalog_and_state_are_read_as_utf_8(base, files):
    [first, *_] = [row["_id"] for row in base.rows(TABLE)]
    base.delete_rows(TABLE, [first])
    options = [f"--{name}={files / name}.json" for name in ("config", "catalog", "state")]
    ended = run_command(*options, env=ASCII)
    assert ended.code == 0, ended.log
    records = [message for message in parse(ended.output) if message["type"] == "RECORD"]
    assert {message["stream"] for message in records} == {TABLE}
    tombstones = [
        message["record"]["_id"] for message in records if message["record"]["_deleted_at"]
    ]
    assert tombstones == [first]
    assert "full sync" not in ended.log


@pytest.mark.parametrize("locale", [ASCII, LATIN], ids=["ascii", "latin-1"])
def test_a_catalog_is_written_in_utf_8(files, locale):
    ended = run_command(f"--config={files / 'config.json'}", "--discover", env=locale)
    assert ended.code == 0, ended.log
    [entry] = json.loads(ended.output.decode("utf-8"))["streams"]
    assert entry["tap_stream_id"] == TABLE
    assert "Größe" in entry["schema"]["properties"]


@pytest.mark.only_on(*WITH_SQL)  # for the condition
def test_variables_are_read_as_utf_8(files, config):
    variables = {
        "TAP_SEATABLE_SERVER_URL": config["server_url"],
        "TAP_SEATABLE_API_TOKEN": config["api_token"],
        "TAP_SEATABLE_TABLES": json.dumps([TABLE], ensure_ascii=False),
        "TAP_SEATABLE_WHERE": json.dumps({TABLE: "`Größe` >= 0"}, ensure_ascii=False),
    }
    ended = run_command("--config=ENV", env={**ASCII, **variables})
    assert ended.code == 0, ended.log
    assert ended.output.count(b'"RECORD"') == 3
