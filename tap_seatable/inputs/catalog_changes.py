"""Changes since the catalog was made: other names and other types."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import type_of
from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from singer_seatable.run_log import StandingWarnings
    from tap_seatable.catalog import KnownColumn, KnownStream
    from tap_seatable.streams import TableStream

    Schema = Mapping[str, Any]

log = logging.getLogger(__name__)

DISCOVER = "Run discovery again (with Meltano: --refresh-catalog)"


def warn_of_new_names(stream: TableStream, standing: StandingWarnings) -> None:
    """Warn of a table or a view, and of names in its condition, that the catalog knows by others.

    The view may be called otherwise in the setting `views`, too, until discovery is run again.
    """
    plan, view = stream.plan, stream.plan.row_filter.view
    today = view.name if view else plan.table.name
    former = today
    if plan.known:
        former = (plan.known.view_name or today) if view else plan.known.table_name
    if former != today:
        standing.warn(
            log,
            "Stream %r: its %s, formerly %r, is now called %r. The stream keeps its name. %s to "
            "rename it%s.",
            stream.name,
            "view" if view else "table",
            former,
            today,
            DISCOVER,
            ", and change the setting views" if view else "",
        )
    if plan.condition.renamed:
        standing.warn(
            log,
            "Stream %r: where has names that were changed: %s. The new names are used. Change "
            "where, and run discovery again (with Meltano: --refresh-catalog).",
            stream.name,
            ", ".join(f"{old!r} is now {new!r}" for old, new in plan.condition.renamed),
        )


def warn_of_gone_columns(
    stream: TableStream,
    known_columns: Mapping[str, KnownColumn],
    selected: Collection[str],
    standing: StandingWarnings,
) -> None:
    """Warn of properties without values, because the base has no such column or the view hides it.

    Args:
        stream: the stream.
        known_columns: the columns that the catalog knows, by property.
        selected: the properties that are read.
        standing: which warnings were logged already.
    """
    plan = stream.plan
    view, offered = plan.row_filter.view, plan.schema["properties"]
    hidden = {
        column.key
        for column in plan.table.columns
        if view is not None and column.key in view.hidden_columns
    }
    gone: dict[str, list[str]] = {}
    for name in selected:
        if name not in offered:
            is_hidden = (known := known_columns.get(name)) is not None and known.key in hidden
            finding = "its view hides" if is_hidden else "the base no longer has"
            gone.setdefault(finding, []).append(name)
    for finding, names in gone.items():
        standing.warn(
            log,
            "Stream %r: %s %s; its values are null. %s to leave it out.",
            stream.name,
            finding,
            ", ".join(map(repr, names)),
            DISCOVER,
        )


def warn_of_renamed_columns(
    stream: TableStream, selected: Collection[str], standing: StandingWarnings
) -> None:
    """Warn of properties whose columns are called otherwise now."""
    plan = stream.plan
    columns = plan.known.columns if plan.known else {}
    renamed = [
        f"{name!r} is now called {column.name!r}"
        for name in selected
        if (known := columns.get(name)) and (column := plan.properties.get(name))
        if known.key == column.key and known.name == name != column.name
    ]
    if renamed:
        standing.warn(
            log,
            "Stream %r: columns were renamed: %s. Their properties keep the names of the catalog. "
            "%s to rename them.",
            stream.name,
            ", ".join(renamed),
            DISCOVER,
        )


def judge_other_table(
    stream: TableStream, known: KnownStream | None, standing: StandingWarnings, rule: str | None
) -> ConfigError | None:
    """Warn of a table or view that took the name of one that the catalog knows, or refuse it.

    Catalogs that are used with bases of the same tables know all of them by name only.

    Args:
        stream: the stream.
        known: what the catalog knows under its name.
        standing: which warnings were logged already.
        rule: what the schema contract says of `tables`.
    """
    plan = stream.plan
    if plan.known or known is None or known.origin.get("base") != plan.base:
        return None
    other = (
        f"The table or view that the catalog knows as {stream.name!r} is gone, and the base has "
        "another one under its name"
    )
    if rule in {"freeze", "drop_value"}:
        return ConfigError(
            f"{other}, and schema_contract says {rule} for tables. {DISCOVER} to have it, or "
            "deselect the stream."
        )
    standing.warn(log, "%s. %s, so that the catalog knows it.", other, DISCOVER)
    return None


def judge_other_columns(
    stream: TableStream, selected: Collection[str], standing: StandingWarnings, rule: str | None
) -> tuple[frozenset[str], ConfigError | None]:
    """Warn of columns that took the names of others, which the catalog knows, or refuse them.

    Args:
        stream: the stream.
        selected: the properties that are read.
        standing: which warnings were logged already.
        rule: what the schema contract says of `columns`.

    Returns:
        The properties that have no values for that, and the error if the stream is not read.
    """
    plan = stream.plan
    columns = plan.known.columns if plan.known else {}
    others = [
        name
        for name in selected
        if (known := columns.get(name)) and (column := plan.properties.get(name))
        if known.key != column.key
    ]
    if not others:
        return frozenset(), None
    sentence = (
        f"Stream {stream.name!r}: the base has other columns than the catalog under the names "
        f"{', '.join(map(repr, others))}"
    )
    if rule == "freeze":
        return frozenset(), ConfigError(
            f"{sentence}, and schema_contract says freeze for columns. {DISCOVER} to have them, or "
            "set columns to drop_value to leave their values out."
        )
    if rule == "drop_value":
        standing.warn(
            log,
            "%s, and schema_contract says drop_value for columns; the values are null. %s to have "
            "them.",
            sentence,
            DISCOVER,
        )
        return frozenset(others), None
    standing.warn(log, "%s; their values are used.", sentence)
    return frozenset(), None


def find_unfit_types(
    stream: TableStream,
    known_columns: Mapping[str, KnownColumn],
    before: Mapping[str, Schema],
    now: Mapping[str, Schema],
) -> dict[str, str]:
    """The properties for whose values the types of the catalog do not hold, each with a reason.

    A type that a column did not have when the catalog was made was written by the user, and does
    not count.

    Args:
        stream: the stream.
        known_columns: the columns that the catalog knows, by property.
        before: the schemas of properties that have changed.
        now: the schemas of all properties.
    """
    unfit = {}
    for name, schema in before.items():
        known, column = known_columns.get(name), stream.plan.properties.get(name)
        if known is None or column is None or still_holds(schema, now[name]):
            continue
        if known.type != column.type:
            unfit[name] = f"{name!r} was of type {known.type} and is of type {column.type}"
        elif type_of(column).is_formula:
            unfit[name] = f"{name!r} has other results"
    return unfit


def find_other_types(
    stream: TableStream, known_columns: Mapping[str, KnownColumn], names: Iterable[str]
) -> dict[str, str]:
    """The properties whose columns are of another type in SeaTable, each with a reason."""
    return {
        name: f"{name!r} was of type {known.type} and is of type {column.type}"
        for name in names
        if (known := known_columns.get(name)) and (column := stream.plan.properties.get(name))
        if known.type != column.type
    }


def unfit_types(stream: str, reasons: Iterable[str]) -> ConfigError:
    """The error for columns that no longer have the types of the catalog."""
    return ConfigError(
        f"Columns of stream {stream!r} no longer have the types of the catalog: "
        f"{', '.join(reasons)}. {DISCOVER}, and check the columns of the warehouse; or deselect "
        "them, or have them left out by schema_contract (types: drop_value)."
    )


def unknown_to_catalog(finding: str, names: Iterable[str], subject: str) -> ConfigError:
    """The error for what the catalog does not know, where the schema contract freezes it."""
    return ConfigError(
        f"{finding} {', '.join(map(repr, names))}, which the catalog does not know, and "
        f"schema_contract says freeze for {subject}. {DISCOVER} to have it, or set {subject} to "
        "drop_value to leave it out."
    )


def still_holds(before: Schema, now: Schema) -> bool:
    """Whether every value of one schema of this tap is one of another.

    Args:
        before: the schema that values have to fit.
        now: the schema of the values.
    """
    types_before, types_now = _types(before), _types(now)
    if types_before and not (types_now and types_now <= types_before):
        return False
    if "string" in types_now and before.get("format", now.get("format")) != now.get("format"):
        return False
    if not still_holds_if_any(before.get("items"), now.get("items")):
        return False
    parts_before, parts_now = before.get("properties") or {}, now.get("properties") or {}
    return all(
        still_holds(parts_before[name], parts_now[name])
        for name in parts_now.keys() & parts_before.keys()
    )


def still_holds_if_any(before: Schema | None, now: Schema | None) -> bool:
    """The same for the elements of lists, where schemas may say nothing of them."""
    return not before or still_holds(before, now or {})


def _types(schema: Schema) -> frozenset[str]:
    """The types that a schema allows; empty for any."""
    types = schema.get("type") or ()
    found = frozenset([types] if isinstance(types, str) else types)
    return found | {"integer"} if "number" in found else found
