"""Schema contracts: what happens where a stream does not fit the base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_seatable.errors import ContractViolated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_seatable.settings import Contract, Rule


class SchemaContracts:
    """The rules of each stream for tables and columns that the base does not have.

    Args:
        contract_of: the contract of a stream, given its name.
        announce: logs a warning, once.
        adds_columns: whether columns may be added at all, as `add_columns` says.
    """

    def __init__(
        self,
        contract_of: Callable[[str], Contract],
        announce: Callable[[str], None],
        *,
        adds_columns: bool,
    ) -> None:
        self._adds_columns = adds_columns
        self._contract_of = contract_of
        self._announce = announce

    def column_rule(self, stream: str) -> Rule:
        """What happens if the table of a stream does not have a column."""
        rule = self._contract_of(stream).columns
        return "drop_value" if rule == "evolve" and not self._adds_columns else rule

    def reason_not_to_add(self, stream: str) -> str:
        """The setting that keeps columns from being added, for the log."""
        rule = self._contract_of(stream).columns
        return "add_columns is off" if rule == "evolve" else f"schema_contract says {rule}"

    def leaves_out(self, stream: str, table: str) -> bool:
        """Whether a stream is left out because its table does not exist; this is logged.

        Raises:
            ContractViolated: the table does not exist, and the contract demands it.
        """
        rule = self._contract_of(stream).tables
        if rule == "evolve":
            return False
        if rule == "freeze":
            raise ContractViolated(
                f"Stream {stream!r}: the base has no table {table!r}, and schema_contract says "
                "freeze for tables. Create the table, name the right one in table_mapping, or set "
                "tables to evolve for this stream in stream_settings."
            )
        self._announce(
            f"Stream {stream!r}: its records are skipped, because the base has no table {table!r} "
            f"and schema_contract says {rule} for tables."
        )
        return True


def unknown_columns(stream: str, table: str, properties: Sequence[str]) -> ContractViolated:
    """The error for properties without a column, where the columns are frozen."""
    return ContractViolated(
        f"Stream {stream!r}: table {table!r} has no column for "
        f"{', '.join(map(repr, properties))}, and schema_contract says freeze for columns. No "
        "record that came with this schema was stored. Add the columns in SeaTable, remove the "
        "properties with stream_maps, or set columns to evolve for this stream in stream_settings."
    )
