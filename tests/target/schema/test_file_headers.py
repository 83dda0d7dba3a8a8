"""Headers of files that their source has read wrongly: told before there is a table."""

import pytest

from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway")

WRONG = [
    (["id;name;city"], "a semicolon separates the columns of its file. Set delimiter in"),
    (["id\tname", "_sdc_source_file"], "a tab separates the columns"),
    (["id|name"], "a vertical bar separates"),
    (["id,name"], "a comma separates"),
    (["\ufeffid", "name"], "begins with the byte order mark of its file. Set the encoding"),
    (["ï»¿id", "name"], "begins with the byte order mark"),
    (["sep=;"], "names the delimiter, and the source took it for the header"),
    (["SEP=", ""], "names the delimiter"),
    (["", " "], "no property has a name: the first line of its file is empty"),
    (["_sdc_source_file", ""], "no property has a name"),
]


def stream(names, property_type="string"):
    values = dict.fromkeys(names, "1")
    return [schema("t", dict.fromkeys(names, property_type)), {**record("t"), "record": values}]


@pytest.mark.parametrize(("names", "said"), WRONG, ids=lambda value: repr(value)[:30])
def test_a_header_that_was_read_wrongly_ends_the_run(base, caplog, names, said):
    sentence = base.fails(caplog, *stream(names))
    assert sentence.startswith("Stream 't': ")
    assert said in sentence
    assert "or use tap-tabular-files, which comes with this target and reads such" in sentence
    assert all(table["name"] != "t" for table in base.base.metadata()["metadata"]["tables"])


def test_a_name_that_is_right_is_chosen(base):
    base.load(*stream(["id;name"]), column_types={"t": {"id;name": "text"}})
    assert base.rows("t") == [{"id;name": "1"}]


@pytest.mark.parametrize(
    "names", [["id"], ["a;b", "c"], ["", "id"], ["Sep", "sep=abc"], ["name (ï»¿)"]]
)
def test_other_names_are_columns(base, names):
    base.load(*stream(names))
    assert len(base.rows("t")) == 1
