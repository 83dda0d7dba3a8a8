"""The policy for columns with files: as they are, signed or downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec, type_of
from singer_seatable.contract import FILE_LINK, FILE_PATH

if TYPE_CHECKING:
    from seatable_client.metadata import Column
    from tap_seatable.config import AttachmentMode


_TEXT = {"type": ["string", "null"]}


_ADDED_PROPERTIES = {"signed": FILE_LINK, "download": FILE_PATH}
"""The property that each mode adds to a file."""


@dataclass(frozen=True)
class AttachmentPolicy:
    """What a run does with attachments.

    Attributes:
        mode: `as_is`, `signed` or `download`.
        folder: where to download to; empty in the other modes.
    """

    mode: AttachmentMode = "as_is"
    folder: str = ""

    def applies_to(self, column: Column) -> bool:
        """Whether cells of the column get a link or a path for each of their files."""
        return self.mode != "as_is" and type_of(column).holds_files

    def schema(self, column: Column) -> dict[str, Any]:
        """JSON Schema of a cell in a record."""
        schema = codec.schema(column)
        if not self.applies_to(column):
            return schema
        properties = schema["items"].get("properties") or {"url": _TEXT}
        properties = {**properties, _ADDED_PROPERTIES[self.mode]: _TEXT}
        return {**schema, "items": {"type": "object", "properties": properties}}
