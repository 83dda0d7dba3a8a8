"""No statement makes the sandbox fail by accident: it is answered, or refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from seatable_sandbox import Sandbox
from seatable_sandbox.demo import make_demo
from seatable_sandbox.engine import OWNER, Actor
from seatable_sandbox.model import ApiError, ConversionError
from seatable_sandbox.sql import SqlError, execute
from seatable_sandbox.sql.calls import _ALL as FUNCTIONS
from tests.seeds import SOAK, draw_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "Every type"
LITERALS = (
    *("0", "1", "-1", "2.5", "1e300", "9" * 400, "''", "'x'", "'2024-06-05'", "'0001-01-01'"),
    *("'9999-12-31 23:59'", "'days'", "'Monday'", "'[x'", "true", "false", "NULL", "?", "pi"),
    *("('x', 'y')", "()", "'\u2028'", "'%'", "'_'", "interval 1 day", "CURRENT_DATE"),
)
OPERATORS = (
    *("=", "<>", "<", ">=", "LIKE", "NOT LIKE", "IN", "NOT IN", "IS", "IS NOT", "AND", "OR", "+"),
    *("-", "*", "/", "%", "&", "^", "HAS ANY OF", "HAS ALL OF", "HAS NONE OF", "IS EXACTLY"),
)
AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")
PARAMETERS: st.SearchStrategy[list[Any]] = st.lists(
    st.sampled_from([None, True, 1, 2.5, 10**30, "", "x", "2024-06-05", [], ["x"], {}]),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Any]:
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        yield sandbox, make_demo(sandbox)


def statements(columns: list[str]) -> st.SearchStrategy[str]:
    column = st.sampled_from([f"`{name}`" for name in columns])
    leaf = st.one_of(column, st.sampled_from(LITERALS), st.just("*"))
    expression = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(
                lambda name, arguments: f"{name}({', '.join(arguments)})",
                st.sampled_from(sorted(FUNCTIONS)),
                st.lists(inner, max_size=3),
            ),
            st.builds("{} {} {}".format, inner, st.sampled_from(OPERATORS), inner),
            st.builds("{}({})".format, st.sampled_from(AGGREGATES), inner),
            st.builds("({})".format, inner),
            st.builds("NOT {}".format, inner),
            st.builds("{} BETWEEN {} AND {}".format, inner, inner, inner),
            st.builds("CASE WHEN {} THEN {} END".format, inner, inner),
        ),
        max_leaves=5,
    )
    clause = st.one_of(
        st.just(""),
        st.builds(" WHERE {}".format, expression),
        st.builds(" GROUP BY {}".format, expression),
        st.builds(" GROUP BY {} HAVING {}".format, expression, expression),
        st.builds(" ORDER BY {} DESC".format, expression),
        st.builds(" LIMIT {}".format, st.sampled_from(["0", "1", "-1", "1.5", "9" * 40, "x", "?"])),
        st.builds(" WHERE {} ORDER BY {} LIMIT 3 OFFSET 1".format, expression, expression),
    )
    table = st.sampled_from([f"`{TABLE}`", "Products", "Nope", f"`{TABLE}` AS a, Products AS b"])
    return st.one_of(
        st.builds("SELECT {} FROM {}{}".format, expression, table, clause),
        st.builds("SELECT {}, {} AS x FROM {}{}".format, column, expression, table, clause),
        st.builds("UPDATE {} SET {} = {}{}".format, table, column, expression, clause),
        st.builds("DELETE FROM {}{}".format, table, clause),
        st.builds("INSERT INTO {} ({}) VALUES ({})".format, table, column, expression),
        expression,
    )


def test_no_statement_ends_in_a_traceback(demo: Any) -> None:
    sandbox, base = demo
    (table,) = (t for t in base.metadata()["metadata"]["tables"] if t["name"] == TABLE)
    columns = [column["name"] for column in table["columns"]]
    context = sandbox._context
    stored = context.store.base_by_uuid(base.uuid)

    @seed(draw_seed())
    @settings(
        max_examples=5000 if SOAK else 400,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        sql=statements([*columns, "_id", "_mtime", "Nope"]),
        parameters=PARAMETERS,
        convert_keys=st.booleans(),
    )
    def ask(sql: str, parameters: list[Any], convert_keys: bool) -> None:
        context.store.execute("BEGIN")
        try:
            execute.run(
                context.engine,
                stored,
                sql,
                Actor(OWNER),
                convert_keys=convert_keys,
                parameters=(parameters * sql.count("?"))[: sql.count("?")],
            )
        except (SqlError, ApiError, ConversionError):
            pass
        finally:
            context.store.execute("ROLLBACK")
            context.store._load()

    ask()
