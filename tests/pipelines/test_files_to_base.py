"""tap-tabular-files into target-seatable: real files, strange files, and the same files again."""

import pytest

from demo import files
from tests.pipelines.compare import compare, list_columns
from tests.pipelines.conftest import ZONE

JOB = "files-to-base"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    return folder


@pytest.fixture
def load(project, folder):
    """Runs the job on the folder."""

    def run(**settings):
        return project.run(JOB, tap_tabular_files_files=[str(folder)], **settings)

    return run


def types_of(base, table):
    return {name: column["type"] for name, column in list_columns(base.metadata(), table).items()}


def test_real_files(load, base, folder):
    given = files.copy_files(folder)
    load(target_seatable_key_properties={name: key for name, key in files.KEYS.items() if key})
    tables = {table["name"] for table in base.metadata()["metadata"]["tables"]}
    assert tables == set(given)
    for name, file in given.items():
        rows = file.rows()
        columns = list_columns(base.metadata(), name)
        assert list(columns) == list(rows[0])
        result = compare(name, rows, base.rows(name), columns, ZONE)
        assert not result.missing
        assert not result.unexpected
        assert result.rows_in == len(rows) > 50


def test_types_are_inferred(load, base, folder):
    files.copy_files(folder)
    load()
    airports = types_of(base, "airports")
    assert airports["iata"] == "text"
    assert airports["latitude"] == airports["longitude"] == "number"
    weather = types_of(base, "seattle-weather")
    assert weather["weather"] == "single-select"
    assert {weather[name] for name in ("precipitation", "temp_max", "temp_min", "wind")} == {
        "number"
    }
    assert types_of(base, "us-employment")["month"] == "date"
    assert set(types_of(base, "us-employment").values()) == {"date", "number"}
    assert types_of(base, "la-riots")["death_date"] == "date"
    assert types_of(base, "iowa-electricity")["source"] == "single-select"


def test_types_are_left_alone(load, base, folder):
    files.copy_files(folder)
    load(target_seatable_infer_types=False)
    assert set(types_of(base, "airports").values()) == {"text"}
    assert [row["iata"] for row in base.rows("airports")] == [
        row["iata"] for row in files.CsvFile(folder / "airports.csv").rows()
    ]


def test_the_same_files_again_double_nothing(load, base, folder):
    given = files.copy_files(folder)
    keys = {name: list(key) for name, key in files.KEYS.items() if key}
    load(target_seatable_key_properties=keys)
    before = {name: base.rows(name) for name in keys}
    load(target_seatable_key_properties=keys)
    assert {name: base.rows(name) for name in keys} == before
    # Where nothing tells the rows apart, a load adds them.
    people = len(given["la-riots"].rows())
    assert len(base.rows("la-riots")) == 2 * people


def test_a_changed_file_changes_its_row(load, base, folder):
    file = folder / "people.csv"
    file.write_text("id,name,age\n1,Ann,31\n2,Bob,47\n", encoding="utf-8")
    load(target_seatable_key_properties={"people": ["id"]})
    before = {row["name"]: row for row in base.rows("people")}
    file.write_text("id,name,age\n1,Ann,32\n2,Bob,47\n3,Cid,5\n", encoding="utf-8")
    load(target_seatable_key_properties={"people": ["id"]})
    after = {row["name"]: row for row in base.rows("people")}
    assert set(after) == {"Ann", "Bob", "Cid"}
    assert after["Ann"]["_id"] == before["Ann"]["_id"]
    assert float(after["Ann"]["age"]) == 32
    assert after["Bob"] == before["Bob"]


STRANGE = '''\
id,"Net income",zip,phone,note,Größe,empty
1,"1,000.50",01067,+49 351 1,"line one
line two",ä,
2,-,80331,030,"he said ""hi""",日本 🦁,
3,1e5,00000,,'single',"  blanks around  ",
'''


def test_strange_values_arrive_letter_by_letter(load, base, folder):
    (folder / "strange.csv").write_text(STRANGE, encoding="utf-8")
    load(target_seatable_key_properties={"strange": ["id"]})
    rows = files.CsvFile(folder / "strange.csv").rows()
    stored = {str(row["id"]): row for row in base.rows("strange")}
    assert len(stored) == 3
    for row in rows:
        cells = stored[row["id"]]
        for name in ("Net income", "zip", "phone", "note", "Größe", "empty"):
            assert (cells[name] or "") == row[name], name


def test_headers_that_seatable_forbids_are_cleaned_and_announced(load, base, folder):
    (folder / "forbidden.csv").write_text("id,Net. income,a{b}\n1,5,x\n", encoding="utf-8")
    run = load()
    assert list(list_columns(base.metadata(), "forbidden")) == ["id", "Net_ income", "a_b_"]
    assert "Net. income" in run.log
    (row,) = base.rows("forbidden")
    assert (float(row["Net_ income"]), row["a_b_"]) == (5, "x")


def test_windows_line_ends_and_a_semicolon(load, base, folder):
    (folder / "windows.csv").write_bytes("name;städt\r\nAnn;Köln\r\nBob;\r\n".encode())
    load()
    assert [(row["name"], row["städt"]) for row in base.rows("windows")] == [
        ("Ann", "Köln"),
        ("Bob", None),
    ]


def test_a_german_file_needs_nothing_but_its_locale(load, base, folder):
    (folder / "umsatz.csv").write_bytes(
        "Nr;Menge;Tag;Anteil;Umsatz;aktiv\r\n"
        "1;1.342,82;20.08.2024;34,5 %;260.845,59 €;ja\r\n"
        "2;-7;01.02.2024;2 %;0,50 €;nein\r\n".encode("utf-8-sig")
    )
    for _ in range(2):
        load(target_seatable_locale="de_DE", target_seatable_key_properties={"umsatz": ["Nr"]})
        rows = sorted(base.rows("umsatz"), key=lambda row: row["Nr"])
        assert [row["Menge"] for row in rows] == [1342.82, -7]
        assert [row["Tag"][:10] for row in rows] == ["2024-08-20", "2024-02-01"]
        assert [row["Anteil"] for row in rows] == [0.345, 0.02]
        assert [row["Umsatz"] for row in rows] == [260845.59, 0.5]
        assert [bool(row["aktiv"]) for row in rows] == [True, False]


def test_text_formats_reach_the_target(load, base, folder):
    (folder / "a.csv").write_text('n\n1.234\n"1,5"\n', encoding="utf-8")
    load(target_seatable_text_formats={"*": "auto"})
    assert sorted(row["n"] for row in base.rows("a")) == [1.5, 1234]


@pytest.mark.parametrize("before", ["", "sep=;\r\n", "\ufeff", "\ufeffsep=;\r\n"])
def test_a_file_of_excel_is_loaded_changed_and_loaded_again(load, base, folder, before):
    ids = []
    for price in ("1,5", "2,5"):
        text = f"{before}id;name;price\r\n1;Käse;{price}\r\n2;;7\r\n"
        (folder / "export.csv").write_bytes(text.encode())
        load(target_seatable_locale="de_DE", target_seatable_key_properties={"export": ["id"]})
        rows = sorted(base.rows("export"), key=lambda row: row["id"])
        assert [(row["name"], row["price"]) for row in rows] == [
            ("Käse", float(price.replace(",", "."))),
            (None, 7),
        ]
        ids.append([row["_id"] for row in rows])
    assert ids[0] == ids[1]
