"""Texts of sources without types: the settings say what they mean, also in the next run."""

import pytest

from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway")

GERMAN = [
    ["1.342,82", "20.08.2024", "34,5 %", "260.845,59 €", "ja", "10115", "007", "20.08.2024 14:30"],
    ["-7", "1.2.2024", "2%", "(475,93 €)", "Nein", "20095", "12", "21.08.2024"],
    ["0,5", "", "", "", "", "", "", ""],
]
NAMES = ["Menge", "Tag", "Anteil", "Umsatz", "aktiv", "PLZ", "Code", "Stand"]


def texts(stream, *names, keys=()):
    return schema(stream, dict.fromkeys(names, "string"), keys)


def rows_of(stream, names, rows):
    return [record(stream, **dict(zip(names, row, strict=True))) for row in rows]


def test_a_german_file_needs_nothing_but_its_locale(base):
    for _ in range(2):  # the second time, the table exists
        base.load(
            texts("t", "id", *NAMES, keys=["id"]),
            *[
                record("t", id=str(number), **dict(zip(NAMES, row, strict=True)))
                for number, row in enumerate(GERMAN)
            ],
            locale="de_DE",
        )
        columns = {column["name"]: column for column in base.table("t")["columns"]}
        assert {name: columns[name]["type"] for name in NAMES} == {
            "Menge": "number",
            "Tag": "date",
            "Anteil": "number",
            "Umsatz": "number",
            "aktiv": "checkbox",
            "PLZ": "number",
            "Code": "text",
            "Stand": "date",
        }
        assert columns["Anteil"]["data"]["format"] == "percent"
        assert columns["Umsatz"]["data"]["format"] == "euro"
        rows = sorted(base.rows("t"), key=lambda row: row["id"])
        assert [row.get("Menge") for row in rows] == [1342.82, -7, 0.5]
        assert [(row.get("Tag") or "")[:10] for row in rows] == ["2024-08-20", "2024-02-01", ""]
        assert [row.get("Anteil") for row in rows] == [0.345, 0.02, None]
        assert [row.get("Umsatz") for row in rows] == [260845.59, -475.93, None]
        assert [bool(row.get("aktiv")) for row in rows] == [True, False, False]
        assert [row.get("Code") or None for row in rows] == ["007", "12", None]
        moments = [(row.get("Stand") or "")[:16] for row in rows]
        assert moments == ["2024-08-20T14:30", "2024-08-21T00:00", ""]


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({}, "Set locale, such as de_DE, or text_formats to"),
        ({"locale": "en_US"}, "Locale en_US reads none of them alike. Set text_formats for it"),
    ],
)
def test_numbers_with_a_decimal_comma_stay_text_and_the_log_says_what_reads_them(
    base, caplog, settings, remedy
):
    names = ["id", "price", "count", "thousands", "word"]
    rows = [["1,5", "475,93 €", "7", "1,000", "1,5"], ["2,5", "1.342,82 €", "8", "2,000", "x"]]
    base.load(texts("t", *names, keys=["id"]), *rows_of("t", names, rows), **settings)
    hints = [entry for entry in caplog.messages if "with a decimal comma" in entry]
    assert len(hints) == 1
    assert hints[0].startswith("Stream 't': column 'price' for 'price' is made as text. Values")
    assert "such as '475,93 €' look like" in hints[0]
    assert remedy in hints[0]
    caplog.clear()
    base.load(texts("t", *names, keys=["id"]), *rows_of("t", names, rows), **settings)
    assert "decimal comma" not in caplog.text


@pytest.mark.parametrize(
    ("values", "odd", "meaning"),
    [
        (["1,5", "1.342,82", "12.34"], "12.34", "numbers such as 1.234,5"),
        (["5 %", "6 %", "7"], "7", "numbers such as 1.234,5 %"),
        (["01.02.2024", "n.a.", "2.2.2024"], "n.a.", "days such as D.M.YYYY"),
        (["ja", "nein", "offen"], "offen", "words for true and false"),
    ],
)
def test_the_value_that_keeps_a_column_text_is_named(base, caplog, values, odd, meaning):
    names = ["id", "a", "note"]
    rows = [[str(number), value, f"n{number}"] for number, value in enumerate(values)]
    base.load(texts("t", *names, keys=["id"]), *rows_of("t", names, rows), locale="de_DE")
    assert base.columns("t") == {"id": "number", "a": "text", "note": "text"}
    (sentence,) = [line for line in caplog.messages if "most values" in line]
    assert sentence == (
        f"Stream 't': column 'a' for 'a' is made as text, because {odd!r} does not belong to the "
        f"{meaning}, as most values do. Correct it, or say in text_formats what it means."
    )


def test_what_does_not_fit_later_is_refused_and_the_rest_is_stored(base, caplog):
    names = ["n", "p", "d"]
    base.load(texts("t", *names), *rows_of("t", names, [["1.234,5", "5 %", "1.2.2024"]]),
              locale="de_DE")  # fmt: skip
    later = [["1.5", "", ""], ["", "7", ""], ["", "", "02/13/2024"], ["2", "6 %", "3.4.2024"]]
    reason = base.fails(caplog, texts("t", *names), *rows_of("t", names, later), locale="de_DE")
    assert "'1.5' is not a number such as '1.234,5'" in reason
    assert "locale or text_formats says how the source writes its values" in reason
    assert [(row.get("n"), row.get("p")) for row in base.rows("t")] == [(1234.5, 0.05), (2, 0.06)]
    assert len(base.rejections()) == 3


@pytest.mark.parametrize(
    ("values", "meanings", "remedy"),
    [
        (["1.234", "5"], ["1.234", "1234"], '"decimal": ","'),
        (["03/04/2024"], ["2024-04-03", "2024-03-04"], '"dates": ["M/D/YYYY"]'),
    ],
)
def test_two_meanings_stay_text_and_the_log_names_both_and_the_setting(
    base, caplog, values, meanings, remedy
):
    rows = rows_of("t", ["v"], [[value] for value in values])
    base.load(texts("t", "v"), *rows, text_formats="auto")
    assert [row["v"] for row in base.rows("t")] == values
    assert base.columns("t")["v"] == "text"
    (sentence,) = [line for line in caplog.messages if "may be" in line]
    assert all(meaning in sentence for meaning in meanings)
    assert "Set locale, or text_formats to" in sentence
    assert remedy in sentence


def test_auto_takes_the_one_meaning_that_all_values_have(base, caplog):
    caplog.set_level("INFO")
    names = ["n", "d", "b", "country"]
    rows = [["1.234", "03/04/2024", "ja", "NO"], ["1,5", "13/04/2024", "Nein", "NO"]]
    base.load(texts("t", *names), *rows_of("t", names, rows), text_formats={"t*": {"*": "auto"}})
    assert base.columns("t") == {
        "n": "number", "d": "date", "b": "checkbox", "country": "text",
    }  # fmt: skip
    assert [row["n"] for row in base.rows("t")] == [1234, 1.5]
    assert [row["d"][:10] for row in base.rows("t")] == ["2024-04-03", "2024-04-13"]
    assert any("is made as number, because all values are numbers such as 1.234,5" in line
               for line in caplog.messages)  # fmt: skip


def test_auto_refuses_in_a_later_run_what_may_mean_two_things_by_then(base, caplog):
    base.load(texts("t", "n"), *rows_of("t", ["n"], [["1.234"], ["1,5"]]), text_formats="auto")
    reason = base.fails(
        caplog, texts("t", "n"), *rows_of("t", ["n"], [["2.345"], ["7"]]), text_formats="auto"
    )
    assert "'2.345' may mean 2.345 or 2345" in reason
    assert [row["n"] for row in base.rows("t")] == [1234, 1.5, 7]


def test_settings_of_a_property_go_before_the_locale(base):
    names = ["us", "when", "ok", "note", "pad"]
    rows = [["1,234.5", "04/03/24", "x", "NA", " a "], ["NA", "", "-", " b ", "-"]]
    base.load(
        texts("t", *names),
        *rows_of("t", names, rows),
        locale="de_DE",
        text_formats={
            "*": {"*": {"empty": ["NA"]}},
            "t": {
                "us": {"decimal": ".", "thousands": ","},
                "when": {"dates": ["MM/DD/YY"]},
                "ok": {"true": ["x"], "false": ["-"]},
                "pad": {"strip": True, "empty": ["-"]},
            },
        },
    )
    first, second = base.rows("t")
    assert base.columns("t") == {
        "note": "text", "us": "number", "when": "date", "ok": "checkbox", "pad": "text",
    }  # fmt: skip
    assert (first["us"], first["when"][:10], first["ok"]) == (1234.5, "2024-04-03", True)
    assert (first.get("note"), first["pad"]) == (None, "a")
    assert (second.get("us"), second.get("ok"), second["note"]) == (None, False, " b ")
    assert second.get("pad") is None


def test_inference_looks_at_plain_text_beside_typed_mapped_and_keyed_properties(base):
    declared = schema("t", {"id": "integer", "n": "string", "m": "string", "z": "string"}, ["id"])
    rows = [record("t", id=1, n="1,5", m="2,5", z="3")]
    base.load(declared, *rows, locale="de_DE", column_types={"t": {"m": "text"}})
    assert base.columns("t") == {"id": "number", "n": "number", "m": "text", "z": "number"}
    (row,) = base.rows("t")
    assert (row["n"], row["m"], row["z"]) == (1.5, "2,5", 3)


def test_a_key_that_two_texts_could_share_is_refused(base, caplog):
    keyed = texts("t", "k", "v", keys=["k"])
    base.load(keyed, record("t", k="1342", v="a"), locale="de_DE")
    assert base.columns("t")["k"] == "number"
    reason = base.fails(caplog, keyed, record("t", k="1.342", v="b"), locale="de_DE")
    assert "'1.342' would be stored as 1342, and could be confused with another key" in reason
    base.load(texts("u", "k", keys=["k"]), record("u", k="1.342"), locale="de_DE")
    assert base.columns("u")["k"] == "text"


def test_numbers_of_which_some_are_missing_are_no_selection(base):
    values = ["1", "2", "NA", "2", "1", "n/a"] * 5
    base.load(texts("t", "v"), *rows_of("t", ["v"], [[value] for value in values]))
    assert base.columns("t")["v"] == "text"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"locale": "de_XX"}, "locale 'de_XX' is not known"),
        ({"locale": "de_DE", "text_formats": "auto"}, "Set one of them"),
        (
            {"text_formats": {"t": {"v": {"dates": ["DD.MM"]}}}},
            "'DD.MM' is not a valid date format",
        ),
        ({"text_formats": {"t": {"V": {"decimal": ","}}}}, "text_formats names 'V', which stream"),
        ({"text_formats": {"T": {"v": "auto"}}}, "text_formats names stream 'T'"),
        ({"text_formats": {"t": {"v": {"decimal": ",,"}}}}, "text_formats"),
        ({"text_formats": "de_DE"}, "text_formats"),
    ],
)
def test_a_setting_that_cannot_be_right_is_a_sentence(base, caplog, settings, sentence):
    assert sentence in base.fails(caplog, texts("t", "v"), record("t", v="1"), **settings)
    assert base.base.rows is not None
    assert "t" not in {table["name"] for table in base.base.metadata()["metadata"]["tables"]}
