"""Files become streams, by the command as by the class."""

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from seatable_client.errors import ConfigError, ErrorKind
from tabular_files.errors import FileError
from tabular_files.open_tables import READERS
from tabular_files.streams import file_streams
from tabular_files.table import FileSettings
from tabular_files.tap import TapTabularFiles

SAMPLE = Path(__file__).parent / "sample.csv"

TestTapTabularFiles = get_tap_test_class(
    TapTabularFiles,
    config={"files": [{"path": str(SAMPLE), "keys": ["id"]}]},
    suite_config=SuiteConfig(ignore_no_records=False),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_text("id,name\n1,Ada\n")
    (tmp_path / "b.csv").write_text("id,name\n2,Bob\n")
    (tmp_path / "c.tsv").write_text("id\tsum\n1\t2\n")
    (tmp_path / "note.md").write_text("no table")
    return tmp_path


def run(config, *arguments):
    command = [Path(sys.executable).with_name("tap-tabular-files"), *arguments]
    path = Path(config.pop("folder")) / "config.json"
    path.write_text(json.dumps(config))
    result = subprocess.run(
        [*command, "--config", path], capture_output=True, text=True, check=False
    )
    return result, [json.loads(line) for line in result.stdout.splitlines() if line]


def test_a_folder_is_a_stream_for_each_table(folder):
    streams = file_streams([str(folder)])
    assert [stream.name for stream in streams] == ["a", "b", "c"]


@pytest.mark.parametrize("place", ["", "*.xlsx"])
def test_the_lock_of_an_open_workbook_is_no_workbook(tmp_path, place):
    workbook = openpyxl.Workbook()
    workbook.active.append(["id"])
    workbook.active.append([1])
    workbook.save(tmp_path / "shop.xlsx")
    (tmp_path / "~$shop.xlsx").write_bytes(b"\x05Anna")
    (tmp_path / "._shop.xlsx").write_bytes(b"\0\5\x16\7")
    assert [stream.name for stream in file_streams([str(tmp_path / place)])] == ["shop"]


def test_columns_that_take_rows_away_are_told(folder, caplog):
    (folder / "b.csv").write_text("id,_deleted_at,name\n1,2024-02-29,x\n2,,y\n")
    file_streams([str(folder)])
    assert f"Column '_deleted_at' of {folder / 'b.csv'} marks rows as deleted" in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize("file_format", READERS)
@pytest.mark.parametrize("is_folder", [True, False])
def test_what_the_system_does_not_read_is_a_failure_of_the_system(tmp_path, file_format, is_folder):
    path = tmp_path / "file"
    if is_folder:
        path.mkdir()
    with pytest.raises(FileError, match=r"cannot be read: .* See that the file") as failed:
        READERS[file_format](FileSettings(path=str(path)))
    assert failed.value.kind is ErrorKind.SYSTEM


def test_files_without_rows_are_told(folder, caplog):
    file_streams([str(folder)])
    assert not caplog.records
    (folder / "b.csv").write_text("id,name\n")
    file_streams([str(folder)])
    assert (
        f"Nothing was read from {folder / 'b.csv'}, which has columns and no rows." in caplog.text
    )


@pytest.mark.parametrize(
    ("name", "setting", "value", "formats"),
    [
        ("a.csv", "sheets", ["Q1"], "excel, sqlite"),
        ("a.csv", "hidden_rows", False, "excel"),
        ("d.parquet", "delimiter", ";", "csv"),
        ("d.parquet", "skip_rows", 1, "csv, excel, jsonl"),
    ],
)
def test_a_setting_that_no_file_takes_is_told(folder, name, setting, value, formats, caplog):
    pq.write_table(pa.table({"id": [1]}), folder / "d.parquet")
    file_streams([{"path": str(folder / name), setting: value}])
    sentence = f"{setting} has no effect on {folder / name}, because it is for {formats}."
    assert sentence in caplog.text
    assert len(caplog.records) == 1


def test_a_setting_that_one_of_several_files_takes_is_fine(folder, caplog):
    pq.write_table(pa.table({"id": [1]}), folder / "d.parquet")
    file_streams([{"path": str(folder), "encoding": "utf-8"}])
    assert not caplog.records


def test_a_pattern_with_a_name_is_one_stream(folder):
    [stream] = file_streams([{"path": f"{folder}/*.csv", "stream": "people", "keys": ["id"]}])
    assert list(stream.records()) == [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]
    assert stream.row_count == 2


def test_files_with_other_columns_are_no_one_stream(folder):
    with pytest.raises(ConfigError, match="whose columns differ"):
        file_streams([{"path": f"{folder}/*.?sv", "stream": "all"}])


def test_two_files_with_one_name_need_streams_of_their_own(folder):
    with pytest.raises(ConfigError, match=r"would be the stream 'a'\. .* set stream for one"):
        file_streams([f"{folder}/a.csv", {"path": f"{folder}/c.tsv", "stream": "a"}])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"path": "{}/a.csv", "keys": ["nr"]},
            "key 'nr' .* not a column of .*/a.csv, whose columns are",
        ),
        ("{}/*.xlsx", "No file matches"),
        (
            "{}/note.md",
            "ending of .* does not name a known format. Give it one of .csv, .*, or set format",
        ),
        ("{}/none.csv", "There is no file .*/none.csv. Check the path"),
        ("{}/old.xls", "before 2007. Save it as .xlsx"),
    ],
)
def test_mistakes_are_a_sentence(folder, entry, message):
    (folder / "old.xls").touch()
    given = (
        entry.format(folder)
        if isinstance(entry, str)
        else entry | {"path": entry["path"].format(folder)}
    )
    with pytest.raises(ConfigError, match=message):
        file_streams([given])


def test_a_file_whose_name_is_no_text_is_a_sentence(tmp_path):
    name = b"b\xe4d.csv".decode("utf-8", "surrogateescape")
    try:
        (tmp_path / name).write_text("a\n1\n")
    except (OSError, UnicodeError):
        pytest.skip("the system has no such names")
    with pytest.raises(ConfigError, match=r"b\\udce4d' is not valid UTF-8\. Rename the file"):
        file_streams([str(tmp_path)])
    [stream] = file_streams([{"path": f"{tmp_path}/b*", "stream": "good"}])
    assert list(stream.records()) == [{"a": "1"}]


def test_a_folder_without_tables_is_a_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"has no file with one of the endings \.csv"):
        file_streams([str(tmp_path)])


def test_the_command_writes_schemas_records_and_a_state(folder):
    workbook = openpyxl.Workbook()
    workbook.active.append(["share"])
    workbook.active.append([0.345])
    workbook.active["A2"].number_format = "0.0%"
    workbook.save(folder / "shares.xlsx")
    files = [{"path": str(folder / "a.csv"), "keys": ["id"]}, str(folder / "shares.xlsx")]
    result, messages = run({"files": files, "folder": folder})
    assert result.returncode == 0, result.stderr
    schemas = {message["stream"]: message for message in messages if message["type"] == "SCHEMA"}
    assert schemas["a"]["key_properties"] == ["id"]
    share = schemas["shares"]["schema"]["properties"]["share"]
    assert share["x-seatable"]["data"]["format"] == "percent"
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert records == [{"id": "1", "name": "Ada"}, {"share": 0.345}]
    assert messages[-1]["type"] == "STATE"


def test_the_command_says_what_is_wrong_with_a_file_before_any_record(folder):
    (folder / "bad.csv").write_text("a,b\n1,2,3\n")
    result, messages = run(
        {"files": [str(folder / "a.csv"), str(folder / "bad.csv")], "folder": folder}
    )
    assert result.returncode == 65
    assert messages == []
    assert "Traceback" not in result.stderr
    assert "line 2 has 3" in result.stderr
