"""Which row a record means: keys in all their forms, and keys that several rows have."""

import pytest

from target_seatable.errors import AmbiguousKey
from target_seatable.sinks import table_sink
from tests.seeds import SOAK
from tests.target.load_methods.append_and_upsert.people import NEWEST, PEOPLE, people
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK


def test_keys_can_be_set_and_have_several_parts(base):
    parts = schema("people", {"a": "string", "b": "integer", "name": "string"})
    keys = {"people": ["a", "b"]}
    first = [record("people", a=a, b=b, name="old") for a in "xy" for b in (1, 2)]
    base.load(parts, *first, key_properties=keys)
    base.load(parts, record("people", a="x", b=2, name="new"), key_properties=keys)
    assert [(row["a"], row["b"], row["name"]) for row in base.rows("people")] == [
        ("x", 1, "old"),
        ("x", 2, "new"),
        ("y", 1, "old"),
        ("y", 2, "old"),
    ]


@pytest.mark.parametrize(
    ("type_", "data", "stored", "given"),
    [
        ("number", None, 1234, "1234"),
        ("number", None, 1234, 1234.0),
        ("number", None, 0.1, 0.1),
        ("number", None, 0.0000001, 0.0000001),
        ("number", None, 1e22, 10**22),
        ("text", None, "1234", 1234),
        ("text", None, "O'Brien", "O'Brien"),
        ("text", None, "back\\slash", "back\\slash"),
        ("text", None, 'say "hi"', 'say "hi"'),
        ("text", None, "日本 ", "日本 "),
        ("date", {"format": "YYYY-MM-DD"}, "2024-02-29", "2024-02-29T00:00:00"),
        ("date", {"format": "DD.MM.YYYY HH:mm"}, "2024-02-29 10:20", "2024-02-29T10:20:00"),
        ("single-select", {"options": [{"name": "red"}]}, "red", "red"),
        ("long-text", None, "a\nb", "a\nb"),
        ("checkbox", None, True, "true"),
    ],
)
def test_keys_are_compared_as_the_column_holds_them(base, type_, data, stored, given):
    columns = [
        {"column_name": "name", "column_type": "text"},
        {"column_name": "key", "column_type": type_, "column_data": data},
    ]
    base.base.create_table("t", columns)
    base.base.append_rows("t", [{"key": stored, "name": "old"}, {"name": "no key"}])
    keyed = schema("t", {"key": {}, "name": "string"}, ["key"])
    base.load(keyed, record("t", key=given, name="new"))
    assert [row["name"] for row in base.rows("t")] == ["new", "no key"]


@pytest.mark.parametrize("declared", [{"type": "number"}, {"type": ["number", "string"]}, {}])
@pytest.mark.parametrize(
    ("form", "other", "stored"),
    [
        ("1", "1.0", "1"),
        ("10", "1e1", "10"),
        ("1.5", "1.50", "1.5"),
        ("0", "-0.0", "0"),
        ("0.0000001", "1e-7", "1E-7"),
        ("0.12345678901234567890123456789012345", "0.123456789012345678901234567890123450", None),
        (
            "-100000000000000000000000000000000001",
            "-1.00000000000000000000000000000000001e35",
            None,
        ),
    ],
)
def test_a_number_is_one_key_however_it_is_written(base, declared, form, other, stored):
    """In a text column its forms are several texts, and a second load would add all rows again."""
    base.base.create_table(
        "t", [{"column_name": name, "column_type": "text"} for name in ("id", "v")]
    )
    stream = schema("t", {"id": declared, "v": "string"}, ["id"])

    def rows(*numbers):
        return [
            f'{{"type":"RECORD","stream":"t","record":{{"id":{number},"v":"{n}"}}}}\n'
            for n, number in enumerate(numbers)
        ]

    base.load(stream, *rows(form))
    base.load(stream, *rows(form, other))
    assert base.rows("t") == [{"id": stored or form, "v": "1"}]
    base.load(stream, *rows(other), load_method="insert-only")
    assert base.rows("t") == [{"id": stored or form, "v": "1"}]


def test_texts_that_look_like_one_number_are_two_keys(base):
    stream = schema("t", {"id": "string"}, ["id"])
    base.load(stream, *[record("t", id=text) for text in ("1", "1.0", "1.00")])
    assert [row["id"] for row in base.rows("t")] == ["1", "1.0", "1.00"]


def test_texts_that_differ_in_case_are_two_keys(base):
    keyed = schema("t", {"key": "string", "n": "integer"}, ["key"])
    base.load(keyed, record("t", key="a", n=1), record("t", key="A", n=2))
    base.load(keyed, record("t", key="A", n=3))
    assert base.rows("t") == [{"key": "a", "n": 1}, {"key": "A", "n": 3}]


def test_a_column_that_cannot_tell_rows_apart_is_no_key(base, caplog):
    keyed = schema("t", {"key": {"type": "array", "items": {"type": "string"}}}, ["key"])
    assert "is of type multiple-select" in base.fails(caplog, keyed, record("t", key=["a"]))


def test_a_key_that_several_rows_have_is_not_guessed(base):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    with pytest.raises(AmbiguousKey, match="Several rows of table 'people' have the key 1"):
        base.load(PEOPLE, *people(1, 2, name="new"))
    assert [row["name"] for row in base.rows("people")] == ["n1", "n1", "new"]
    assert len(base.rejections()) == 1


def test_a_key_that_several_rows_have_is_not_guessed_if_the_record_equals_one_of_them(base):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    with pytest.raises(AmbiguousKey, match="Several rows of table 'people' have the key 1"):
        base.load(PEOPLE, *people(1, 2))
    assert len(base.rejections()) == 1


@pytest.mark.parametrize(
    ("choice", "names"), [("first", ["new", "n1", "n2"]), ("all", ["new", "new", "n2"])]
)
def test_which_of_several_rows_is_meant_can_be_said(base, choice, names):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    base.load(PEOPLE, *people(1, name="new"), on_ambiguous_key=choice)
    assert sorted(row["name"] for row in base.rows("people")) == sorted(names)
    if choice == "all":
        base.load(
            PEOPLE,
            record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z"),
            on_ambiguous_key=choice,
            hard_delete=True,
        )
        assert [row["id"] for row in base.rows("people")] == [2]


@pytest.mark.parametrize("load_method", ["upsert", "overwrite"])
@pytest.mark.parametrize("choice", ["first", "all"])
def test_a_key_of_several_rows_is_deleted_and_comes_again(base, monkeypatch, choice, load_method):
    """In batches of their own; what is still there with the key is changed, and nothing added."""
    base.load(PEOPLE, *people(1, 1), load_method="append-only")
    monkeypatch.setattr(table_sink, "SAMPLE", 1)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 1)
    gone = record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z")
    base.load(
        PEOPLE,
        gone,
        *people(1, name="new"),
        state({}),
        load_method=load_method,
        on_ambiguous_key=choice,
        hard_delete=True,
        batch_size_rows=1,
        max_delete_fraction=1,
    )
    assert [(row["id"], row["name"]) for row in base.rows("people")] == [(1, "new")]


@NEWEST
@pytest.mark.parametrize("locked", [0, 1])
def test_one_of_several_rows_with_a_key_is_locked(base, caplog, locked):
    base.load(PEOPLE, *people(1, 1), load_method="append-only")
    row_ids = [row["_id"] for row in base.base.rows("people")]
    base.base.lock_rows("people", [row_ids[locked]])
    sentence = base.fails(caplog, PEOPLE, *people(1, name="new"), on_ambiguous_key="all")
    assert "the key 1 is locked" in sentence
    assert len(base.rejections()) == 1
