"""The file of a plan: written by a dry run, and applied by a later run if nothing has changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from seatable_client.api import read_log
from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from seatable_client.formatting import format_count, show_path_error
from seatable_client.settings import CONNECTION_SETTINGS
from target_seatable.errors import PlanOutdated
from target_seatable.results.plans.load_plan import FORMAT, VERSION, LoadPlan, PlannedBase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Metadata, NewColumn
    from target_seatable.results.plans.load_plan import StreamPlan

_LOG_CALLS = 4
"""Pages of the operations log to look for moved tables in."""

_NO_PART = frozenset(CONNECTION_SETTINGS) - {"server_timezone"} | {
    "concurrency",
    "create_base",
    "dry_run",
    "max_rejected_records",
    "plan_path",
    "rejected_records_path",
}
"""Settings that do not decide what is stored: how the base is reached, and the run as such."""


_NEW_BASE = frozenset({"base_name", "server_url", "workspace_id"})
"""Settings that decide which base is created."""


def digests(settings: Mapping[str, Any], *, creates_base: bool) -> dict[str, str]:
    """Digests of the settings that decide what is stored, by name; of secrets there is none.

    Args:
        settings: by name.
        creates_base: whether the base is yet to be made, so that only settings tell which it is.
    """
    no_part = _NO_PART - _NEW_BASE if creates_base else _NO_PART
    return {
        name: hashlib.blake2b(
            json.dumps(value, sort_keys=True, default=str).encode(), digest_size=8
        ).hexdigest()
        for name, value in sorted(settings.items())
        if name not in no_part and value is not None
    }


def plan_of(
    base: Base,
    metadata: Metadata,
    settings: Mapping[str, Any],
    streams: Sequence[StreamPlan],
    *,
    calls: int,
    ends_with: str | None,
) -> LoadPlan:
    """The plan of a dry run.

    Args:
        base: the base.
        metadata: as it was before anything was read of the base.
        settings: of the run.
        streams: what happens to each.
        calls: calls that the load would take to write.
        ends_with: the sentence with which the load would end.
    """
    return LoadPlan(
        made_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        made_by=f"target-seatable {version('singer-seatable')}",
        base=PlannedBase(id=base.id, name=base.name, operations=metadata.version),
        settings=digests(settings, creates_base=not base.id),
        streams=list(streams),
        calls=calls,
        ends_with=ends_with,
    )


def check_place(path: str) -> None:
    """Check that a plan can be written, and remove the one that is there: it is no longer true.

    Raises:
        ConfigError: the place is on no disk of this machine, its folder does not exist, or another
            file is there.
    """
    place = _place(path)
    if not place.parent.is_dir():
        raise ConfigError(
            f"plan_path is {path!r}, and there is no folder {str(place.parent)!r}. Make it, or "
            "choose another path."
        )
    if not place.exists():
        return
    try:
        _read(place)
    except ConfigError:
        raise ConfigError(
            f"plan_path is {path!r}, and this file is not a plan of this program. A dry run does "
            "not overwrite it: choose another path, or remove the file."
        ) from None
    place.unlink()


def write_plan(path: str, plan: LoadPlan) -> None:
    """Write a plan as a whole, for its owner only, because its samples are data.

    Raises:
        SeaTableError: the plan cannot be written.
    """
    place = _place(path)
    text = msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"
    try:
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".plan-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
            Path(name).replace(place)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise SeaTableError(
            f"The plan cannot be written to plan_path {path!r}: {show_path_error(error, path)}. "
            "Choose a path that can be written.",
            kind=ErrorKind.SYSTEM,
        ) from None


def _place(path: str) -> Path:
    if "://" in path:
        raise ConfigError("plan_path is a URL; it takes a path on this machine.")
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # no such user, or links in a circle
        raise ConfigError(
            f"plan_path is {path!r}, which cannot be resolved: {show_path_error(error, path)}. "
            "Choose another path."
        ) from None


def _read(place: Path) -> LoadPlan:
    """Read a plan.

    Raises:
        ConfigError: the file does not exist, is damaged, or has another version.
    """
    remedy = "Make it with dry_run, or leave plan_path out. Nothing was written."
    try:
        data = place.read_bytes()
    except OSError as error:
        reason = show_path_error(error, str(place))
        raise ConfigError(f"There is no plan to apply: {reason}. {remedy}") from None
    try:
        head = msgspec.json.decode(data, type=_Head)
    except msgspec.DecodeError:
        head = _Head()
    if head.format != FORMAT:
        raise ConfigError(f"The file {str(place)!r} is not a plan, or was damaged. {remedy}")
    if head.version != VERSION:
        raise ConfigError(
            f"The plan {str(place)!r} has version {head.version}, and this program applies "
            f"version {VERSION}. {remedy}"
        )
    try:
        return msgspec.json.decode(data, type=LoadPlan)
    except msgspec.DecodeError as error:
        raise ConfigError(f"The plan {str(place)!r} was damaged ({error}). {remedy}") from None


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


class PlannedLoad:
    """A plan that a run applies.

    Args:
        path: of its file.

    Attributes:
        plan: the plan.

    Raises:
        ConfigError: the plan does not exist or cannot be read.
        PlanOutdated: the planned load would fail.
    """

    def __init__(self, path: str) -> None:
        self.plan = _read(_place(path))
        self._streams = {stream.stream: stream for stream in self.plan.streams}
        self._tables = {stream.table: stream for stream in self.plan.streams}
        if self.plan.ends_with:
            raise PlanOutdated(
                "The planned load would fail, so the plan is not applied. Nothing was written. "
                f"Correct this and plan again: {self.plan.ends_with}"
            )

    @property
    def creates_base(self) -> bool:
        """Whether the planned load creates its base."""
        return not self.plan.base.id

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Check that the settings are those of the plan, before a base is opened or created.

        Raises:
            ConfigError: the settings differ from those of the plan.
        """
        now = digests(settings, creates_base=self.creates_base)
        if different := sorted(
            name
            for name in {*now, *self.plan.settings}
            if now.get(name) != self.plan.settings.get(name)
        ):
            raise ConfigError(
                f"The plan was made with other settings: {', '.join(different)}. Nothing was "
                "written. Set them as they were, or plan again with dry_run."
            )

    def check_base(self, base: Base, metadata: Metadata, *, is_new: bool) -> None:
        """Check that the base is that of the plan, as it was.

        Args:
            base: the base.
            metadata: as it is now.
            is_new: whether the run has just created the base.

        Raises:
            ConfigError: the base is not the one of the plan.
            PlanOutdated: the base has changed since the plan was made.
        """
        planned = self.plan.base
        if self.creates_base and not is_new:
            raise PlanOutdated(
                f"Base {base.name!r} was created after the plan was made. Nothing was written. "
                "Plan again with dry_run."
            )
        if not self.creates_base and planned.id != base.id:
            raise ConfigError(
                f"The plan is for base {planned.name!r}, but the settings name another base, "
                f"{base.name!r}. Nothing was written. Name the base of the plan, or plan again."
            )
        if not self.creates_base and (
            planned.operations is None or planned.operations != metadata.version
        ):
            raise PlanOutdated(self._moved(base, metadata))

    def _moved(self, base: Base, metadata: Metadata) -> str:
        before, now = self.plan.base.operations, metadata.version
        if before is None or now is None:
            return (
                "This server does not count the operations on a base, so it is unknown whether "
                f"base {base.name!r} has changed since the plan was made. Nothing was written. "
                "Load without plan_path."
            )
        where = ""
        log = (
            read_log(base, after=before, up_to=now, max_calls=_LOG_CALLS) if now > before else None
        )
        if log is not None:
            names = {table.id: repr(table.name) for table in metadata.tables}
            moved = {
                names.get(table, "one that was deleted")
                for operation in log
                if operation.number > before
                for table in operation.tables
            }
            where = f", in table {', '.join(sorted(moved))}" if moved else ""
        return (
            f"Base {base.name!r} has changed since the plan was made: its counter of operations "
            f"was {before:,} and is {now:,}{where}. Nothing was written. Plan again with dry_run."
        )

    def check_stream(self, stream: str, keys: Sequence[str], properties: Iterable[str]) -> None:
        """Check that a stream has come as it was planned, before its table is touched.

        Raises:
            PlanOutdated: the stream, its key or its properties are not those of the plan.
        """
        planned = self._streams.get(stream)
        if planned is None:
            raise _other_input(f"stream {stream!r} is not in the plan", stream)
        if list(keys) != planned.keys:
            raise _other_input(f"stream {stream!r} has another key", stream)
        known = {column.property for column in planned.columns}
        if new := [name for name in properties if name not in known]:
            named = ", ".join(map(repr, new))
            raise _other_input(
                f"stream {stream!r} has properties that are not in it: {named}", stream
            )

    def check_columns(self, table: str, columns: Sequence[NewColumn], *, is_new: bool) -> None:
        """Check that columns, or a table with them, are made as they were planned.

        Raises:
            PlanOutdated: a column or the table is not in the plan as it would be made.
        """
        planned = self._tables.get(table)
        if planned is None or (is_new and not planned.is_new):
            raise _other_input(f"table {table!r} would be made", table)
        made: Collection[Any] = planned.new_columns
        for column in columns:
            given = (column.name, column.type, (column.data or {}).get("format"))
            if given not in made:
                raise _other_input(
                    f"column {column.name!r} of table {table!r} would be made as {column.type}, "
                    "which was not planned",
                    table,
                )

    def check_removal(self, stream: str, removed: int) -> None:
        """Check that no more rows of a stream are removed than planned.

        Args:
            stream: the stream.
            removed: rows that are deleted or marked, with those that are about to be.

        Raises:
            PlanOutdated: more rows would be removed than planned.
        """
        planned = self._streams[stream]
        if removed > planned.delete + planned.mark:
            raise PlanOutdated(
                f"Stream {stream!r}: {removed:,} rows would be removed, and the plan has "
                f"{planned.delete + planned.mark:,}: the input is not that of the plan. Rows that "
                "the stream lacks were not removed. Plan again with dry_run."
            )

    def differences(self, done: Mapping[str, RowCounts]) -> Iterator[str]:
        """A sentence for each stream of which other rows were stored or removed than planned.

        Args:
            done: by stream, what the load has done; a planned stream may have brought nothing.
        """
        for stream, planned in self._streams.items():
            expected = RowCounts(planned.add, planned.change, planned.delete + planned.mark)
            counts = done.get(stream, RowCounts())
            if counts != expected:
                yield (
                    f"Stream {stream!r}: the plan has {expected}, and the load has {counts}. Its "
                    "input is not that of the plan."
                )


class RowCounts(NamedTuple):
    """How many rows of a stream are added, changed, and deleted or marked as such."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __str__(self) -> str:
        return (
            f"{format_count(self.added, 'row')} added, {self.changed:,} changed and "
            f"{self.removed:,} removed"
        )


def _other_input(difference: str, name: str) -> PlanOutdated:
    return PlanOutdated(
        f"The input is not that of the plan: {difference}. Nothing of {name!r} was written; what "
        "came before is stored. Plan again with dry_run."
    )
