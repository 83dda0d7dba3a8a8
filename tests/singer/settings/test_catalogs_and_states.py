"""Files of `--catalog` and `--state` that hold something else."""

import pytest

from tests.singer.settings.commands import CONFIGURATION, ended, run, with_file


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", " JSON: "),
        (" \n", "is empty."),
        ("[]", "holds no JSON object."),
        ("{}", "holds no catalog: it must contain ['streams'] properties. Make one with"),
        ('{"streams": null}', "holds no catalog: streams must be array."),
        ('{"streams": ["T"]}', "holds no catalog: streams[0] must be object."),
        ('{"streams": [{"schema": {}}]}', "streams[0] must contain ['tap_stream_id'] properties."),
        ('{"streams": [{"tap_stream_id": "T", "metadata": [1]}]}', "metadata[0] must be object."),
        ('{"streams": [{"tap_stream_id": "T", "metadata": 1}]}', "[0].metadata must be array."),
        (
            '{"streams": [{"tap_stream_id": "T", "schema": {"properties": []}}]}',
            "streams[0].schema.properties must be object.",
        ),
        (
            '{"streams": [{"tap_stream_id": "T", "schema": {"properties": {"a": null}}}]}',
            "schema.properties.a must be object.",
        ),
        ('{"streams": [{"tap_stream_id": "T", "stream": "U"}]}', "calls stream 'T' 'U'."),
    ],
)
def test_a_file_that_holds_no_catalog_is_named(tmp_path, content, message):
    arguments, path = with_file(tmp_path, "--catalog", content)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of --catalog {path} " in last
    assert message in last


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty."),
        ('{"type": "STATE", "value": {"bookmarks": {}}}', "holds a whole STATE message."),
    ],
)
def test_a_file_that_holds_no_state_is_named(tmp_path, content, message):
    arguments, path = with_file(tmp_path, "--state", content)
    code, last = run(*arguments)
    assert (code, f"The file of --state {path} {message}" in last) == (CONFIGURATION, True)


@pytest.mark.parametrize("option", ["--state", "--catalog"])
def test_a_file_in_another_encoding_is_named(tmp_path, option):
    arguments, path = with_file(tmp_path, option, "")
    path.write_text("{}", "utf-16")
    code, last = run(*arguments)
    assert (code, f"The file of {option} {path} is not in UTF-8." in last) == (CONFIGURATION, True)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    arguments, _ = with_file(tmp_path, "--state", '\ufeff{"people": 2}')
    assert "holds no bookmarks, so it is not a state of this tap" in ended(*arguments).stderr


def test_a_state_of_something_else_is_warned_of(tmp_path):
    arguments, _ = with_file(tmp_path, "--state", '{"people": 2}')
    assert "holds no bookmarks, so it is not a state of this tap" in ended(*arguments).stderr
