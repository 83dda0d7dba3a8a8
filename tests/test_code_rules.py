"""Rules that show in the syntax tree of the code: pairing of lists, names of column types."""

import ast
from pathlib import Path

import pytest

from seatable_client.column_types.registry import TYPES
from tests.source_files import FOLDERS, PACKAGES, ROOT, source_files


def pairings(tree):
    """The calls that pair lists and leave out what the longer one has more, without a word."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        name = call.func.id
        if name == "zip" and not any(
            word.arg == "strict" and getattr(word.value, "value", None) is True
            for word in call.keywords
        ):
            yield call
        if name == "map" and (len(call.args) > 2 or isinstance(call.args[-1], ast.Starred)):
            yield call


@pytest.mark.parametrize("folder", FOLDERS)
def test_lists_are_paired_only_if_they_are_of_one_length(folder):
    found = [
        f"{file.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
        for file in (ROOT / folder).rglob("*.py")
        for call in pairings(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not found


@pytest.mark.parametrize(
    "code", ["zip(a, b)", "zip(a, b, strict=False)", "map(f, a, b)", "map(f, *a)"]
)
def test_a_silent_pairing_is_found(code):
    assert [ast.unparse(call) for call in pairings(ast.parse(code))] == [code]


TYPED = [package for package in PACKAGES if package != "seatable_sandbox"]
"""The packages that share the registry of column types; the sandbox has its own."""

REGISTRY = Path("seatable_client/column_types/registry.py")

OTHER_MEANINGS = {
    "a name of a function": {"seatable_client/column_types/__init__.py": "checkbox number text"},
    "a format of number columns": {"seatable_client/column_types/factories.py": "duration"},
    "a part of a file": {"seatable_client/column_types/writers.py": "url"},
    "a type or a format of JSON Schema": {
        "seatable_client/column_types/formula_results.py": "number",
        "singer_seatable/settings/sources.py": "number",
        "singer_seatable/verify/canonical.py": "number",
        "tabular_files/readers/json_schema.py": "number",
        "tap_seatable/inputs/catalog_changes.py": "number",
        "target_seatable/messages/typed_decoder.py": "number",
        "target_seatable/schema/column_types.py": "date email url",
    },
    "a kind of values in a workbook": {
        "tabular_files/readers/excel_values.py": "date duration number text"
    },
    "a kind of values in SQLite": {"tabular_files/readers/sqlite_reader.py": "date text"},
    "a file, not a folder": {"tap_seatable/records/attachments.py": "file"},
    "a scheme of addresses": {"target_seatable/messages/batch_files.py": "file"},
}
"""What words that also are names of column types mean in some files, where they are compared."""


def type_names_in(node):
    """The names of column types among the words of an expression, or of its items or keys."""
    items = {
        ast.Dict: lambda: node.keys,
        ast.List: lambda: node.elts,
        ast.Set: lambda: node.elts,
        ast.Tuple: lambda: node.elts,
    }.get(type(node), lambda: [node])()
    return {item.value for item in items if isinstance(item, ast.Constant)} & TYPES.keys()


def type_comparisons(tree):
    """The expressions that tell column types apart by their names, with these names.

    They are comparisons with a name, cases of a `match`, and collections of several names. A single
    name that is given to a column is none of them.
    """
    for node in ast.walk(tree):
        names = set()
        if isinstance(node, ast.Compare):
            names = set().union(*map(type_names_in, (node.left, *node.comparators)))
        elif isinstance(node, ast.MatchValue):
            names = type_names_in(node.value)
        elif len(found := type_names_in(node)) > 1:
            names = found
        if names:
            yield node, names


def type_names_compared(file):
    """The names of column types that a source file compares with."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return set().union(*(names for _, names in type_comparisons(tree)))


@pytest.mark.parametrize("package", TYPED)
def test_only_the_registry_tells_column_types_apart_by_name(package):
    meant: dict[Path, set[str]] = {}
    for words_by_file in OTHER_MEANINGS.values():
        meant |= {Path(file): set(words.split()) for file, words in words_by_file.items()}
    compared = {
        str(file): names
        for file in source_files()
        if file.parts[0] == package and file != REGISTRY
        if (names := type_names_compared(file) - meant.get(file, set()))
    }
    assert not compared, "add a field to ColumnType instead, and read it of the column's type"


@pytest.mark.parametrize(
    ("file", "words"),
    [entry for words_by_file in OTHER_MEANINGS.values() for entry in words_by_file.items()],
)
def test_a_word_with_another_meaning_is_still_compared(file, words):
    assert set(words.split()) <= type_names_compared(file)


@pytest.mark.parametrize(
    "code",
    [
        "column.type == 'link'",
        "'link' != column.type",
        "column.type in {'link', 'of a later version'}",
        "column.type not in ('link',)",
        "match column.type:\n    case 'link' | 'file':\n        pass",
        "LINKED = frozenset({'link', 'link-formula'})",
        "PARTS = {'link': 'row_id', 'file': 'url'}",
        "(rows for kind in ['link', 'file'])",
    ],
)
def test_a_comparison_with_the_name_of_a_column_type_is_found(code):
    assert list(type_comparisons(ast.parse(code)))


@pytest.mark.parametrize("code", ["NewColumn(name, 'link')", "TYPES['link']", "kind == 'row'"])
def test_a_name_of_a_column_type_that_is_not_compared_is_fine(code):
    assert not list(type_comparisons(ast.parse(code)))
