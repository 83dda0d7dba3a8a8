"""The settings of a run, checked and typed once. Nothing else of the tap reads raw settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from seatable_client.api import check_condition
from seatable_client.errors import ConfigError
from singer_seatable.contract import CONTRACT_SUBJECTS
from singer_seatable.names import entries_for
from tap_seatable.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


AttachmentMode = Literal["as_is", "signed", "download"]


class Deletes(Enum):
    """How loaders learn of deleted rows; the values are those of the setting `deletes`."""

    TOMBSTONES = "tombstones"
    TOMBSTONES_ONLY = "tombstones_only"
    VERSIONS = "versions"
    OFF = "off"

    @property
    def reports_rows(self) -> bool:
        """Whether loaders get tombstones or versions for deleted rows."""
        return self is not Deletes.OFF

    @property
    def writes_tombstones(self) -> bool:
        """Whether a deleted row is written as a record."""
        return self in {Deletes.TOMBSTONES, Deletes.TOMBSTONES_ONLY}

    @property
    def activates_versions(self) -> bool:
        """Whether ACTIVATE_VERSION is sent."""
        return self in {Deletes.TOMBSTONES, Deletes.VERSIONS}

    @property
    def begins_versions(self) -> bool:
        """Whether deleted rows go with a new version of their stream."""
        return self is Deletes.VERSIONS


@dataclass(frozen=True)
class TapConfig:
    """The settings of a run; see the descriptions in `settings.SETTINGS`.

    Attributes:
        connection: settings of the server and its credentials, for the client.
        bases: entries of the setting `bases`; empty where the connection names the only base.
        tables: patterns of the tables to offer; empty for all.
        exclude_tables: patterns of tables to leave out.
        views: views to offer, each with the keys `table` and `view`.
        where: conditions in SQL by table name; none of them is empty.
        start_date: only rows changed since then count, in UTC; None for all rows.
        side_streams: names of the side streams to offer.
        ids_as_names: whether streams and properties are called by ids.
        max_name_bytes: how long names of streams and properties may be; None for any length.
        in_utc: whether date-times are emitted in UTC, not with the server's offset.
        schema_contract: the rules for what the catalog does not know; see `rule`.
        attachments: `as_is`, `signed` or `download`.
        attachments_path: folder or fsspec URL to download to; empty for none.
        page_size: rows to ask for in one call.
        concurrency: reads of one base, and bases to open, at once.
        lookback: how far before the last horizon an incremental sync begins.
        deletes: how deleted rows arrive.
        full_compare_interval: age of the last comparison from which on a table is compared.
        sketch_capacity: differences that the sketches of a table may show; a small table has none.
        stream_maps: the SDK's setting.
        stream_map_config: the SDK's setting; None where it is not set.
        faker_config: the SDK's setting; None where it is not set.
        flattening: the SDK's settings `flattening_…`; empty where flattening is off.
    """

    connection: Mapping[str, Any]
    bases: Sequence[Mapping[str, Any]]
    tables: Sequence[str]
    exclude_tables: Sequence[str]
    views: Sequence[Mapping[str, str]]
    where: Mapping[str, str]
    start_date: datetime | None
    side_streams: Sequence[str]
    ids_as_names: bool
    max_name_bytes: int | None
    in_utc: bool
    schema_contract: Mapping[str, Any]
    attachments: AttachmentMode
    attachments_path: str
    page_size: int
    concurrency: int
    lookback: timedelta
    deletes: Deletes
    full_compare_interval: timedelta
    sketch_capacity: int
    stream_maps: Mapping[str, Any]
    stream_map_config: Mapping[str, Any] | None
    faker_config: Mapping[str, Any] | None
    flattening: Mapping[str, Any]

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> TapConfig:
        """Take settings over from the SDK, which has checked them against `SETTINGS`.

        Raises:
            ConfigError: a date or a condition is invalid, or attachments have no folder.
        """
        values = {name: known.get("default") for name, known in SETTINGS["properties"].items()}
        values.update((name, value) for name, value in settings.items() if value is not None)
        if values["attachments"] == "download" and not values["attachments_path"]:
            raise ConfigError(
                "attachments is download, which needs attachments_path: the folder to store them "
                "in, a local path or an fsspec URL."
            )
        flattens = bool(values.get("flattening_enabled"))
        return cls(
            connection=settings,
            bases=values["bases"] or (),
            tables=values["tables"] or (),
            exclude_tables=values["exclude_tables"] or (),
            views=values["views"] or (),
            where=_parse_conditions(values["where"] or {}),
            start_date=parse_start_date(values["start_date"]),
            side_streams=tuple(dict.fromkeys(values["side_streams"] or ())),
            ids_as_names=values["naming"] == "id",
            max_name_bytes=int(values["max_name_bytes"]) if values["max_name_bytes"] else None,
            in_utc=values["date_times"] == "utc",
            schema_contract=_rules(values["schema_contract"]),
            attachments=values["attachments"],
            attachments_path=values["attachments_path"] or "",
            page_size=int(values["page_size"]),
            concurrency=int(values["concurrency"]),
            lookback=timedelta(seconds=float(values["lookback_seconds"])),
            deletes=Deletes(values["deletes"]),
            full_compare_interval=timedelta(hours=float(values["full_compare_interval"])),
            sketch_capacity=int(values["sketch_capacity"]),
            stream_maps=values.get("stream_maps") or {},
            stream_map_config=settings.get("stream_map_config"),
            faker_config=settings.get("faker_config"),
            flattening={
                name: value for name, value in settings.items() if name.startswith("flattening_")
            }
            if flattens
            else {},
        )

    def rule(self, stream: str, subject: str) -> str | None:
        """What happens where the base differs from the catalog; None where no setting says it.

        Args:
            stream: the stream.
            subject: `tables`, `columns` or `types`.
        """
        found = self.schema_contract.get(subject)
        for rules in entries_for(self.schema_contract.get("streams") or {}, stream):
            found = _rules(rules).get(subject, found)
        return found

    @property
    def server_timezone(self) -> str | None:
        """The setting as given; it decides how date-times of old servers look in records."""
        return self.connection.get("server_timezone")


def parse_start_date(value: str | None) -> datetime | None:
    """The setting `start_date` as a moment in UTC; without an offset it is in UTC.

    Raises:
        ConfigError: the value is not a date.
    """
    if not value:
        return None
    import pendulum  # noqa: PLC0415  (few runs need it)

    try:
        parsed = pendulum.parse(value, exact=True)
    except ValueError:
        parsed = None
    # Pendulum takes "now", too, which would be another moment with each run.
    if isinstance(parsed, pendulum.DateTime) and value[0].isdecimal():
        return datetime.fromtimestamp(parsed.timestamp(), timezone.utc)
    if isinstance(parsed, pendulum.Date) and value[0].isdecimal():
        return datetime(parsed.year, parsed.month, parsed.day, tzinfo=timezone.utc)
    raise ConfigError(
        f"start_date {value!r} is not a date; use a form such as 2024-01-01T00:00:00Z."
    )


def _rules(contract: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    """The rules of a contract by what they are about; one word is about everything."""
    if isinstance(contract, str):
        return dict.fromkeys(CONTRACT_SUBJECTS, contract)
    return contract or {}


def _parse_conditions(setting: Mapping[str, str]) -> dict[str, str]:
    conditions = {table: condition.strip() for table, condition in setting.items()}
    for table, condition in conditions.items():
        try:
            check_condition(condition)
        except ValueError as error:  # noqa: PERF203
            raise ConfigError(
                f"The setting where gives table {table!r} the condition {condition!r}, but {error}."
            ) from None
    return {table: condition for table, condition in conditions.items() if condition}
