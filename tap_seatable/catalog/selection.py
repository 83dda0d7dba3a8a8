"""The selected properties of a stream: those that the base offers and the catalog selects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec, type_of
from singer_seatable.contract import DELETED_AT, GROUP_PATH
from tap_seatable.catalog.stream_plan import AUTOMATIC

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from seatable_client.metadata import Column
    from tap_seatable.catalog.stream_plan import StreamPlan


@dataclass(frozen=True)
class Selection:
    """The properties of a stream's records.

    Attributes:
        columns: the columns whose values they have, by property name; `_id` among them.
        groups: the columns whose values make up `GROUP_PATH`, outermost first; none where that is
            not selected.
        without_column: the other properties: those whose column is gone, the mark of deletion, and
            perhaps `GROUP_PATH`.
    """

    columns: Mapping[str, Column]
    groups: Sequence[Column]
    without_column: Sequence[str]

    @classmethod
    def from_catalog(
        cls,
        plan: StreamPlan,
        known: Collection[str] | None,
        mask: Mapping[tuple[str, ...], bool],
        *,
        without_values: Collection[str] = (),
    ) -> Selection:
        """Resolve what a catalog selects of a stream.

        Args:
            plan: what the base offers.
            known: the properties that the catalog knows; None where the stream makes its own.
            mask: by breadcrumb, whether the catalog selects it.
            without_values: properties that are null, whatever the base has.
        """

        def is_selected(name: str) -> bool:
            return (known is None or name in known) and mask["properties", name]

        columns = {
            name: column
            for name, column in plan.properties.items()
            if name in AUTOMATIC or (is_selected(name) and name not in without_values)
        }
        gone = [
            name
            for name in known or ()
            if (name not in plan.properties or name in without_values) and is_selected(name)
        ]
        groups = plan.groups if is_selected(GROUP_PATH) else []
        path = [GROUP_PATH] if groups else []
        return cls(columns, groups, list(dict.fromkeys([*gone, DELETED_AT, *path])))

    @property
    def moments(self) -> list[str]:
        """The properties with date-times that the server shows at its own offset."""
        return [
            name
            for name, column in self.columns.items()
            if not type_of(column).shows_utc and _has_moments(codec.schema(column))
        ]

    @property
    def empty_record(self) -> dict[str, None]:
        """A record whose every property is null."""
        return dict.fromkeys([*self.columns, *self.without_column])


def _has_moments(schema: Mapping[str, Any]) -> bool:
    return "date-time" in {schema.get("format"), (schema.get("items") or {}).get("format")}
