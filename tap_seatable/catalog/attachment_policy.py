"""Which columns hold files, and what a run does with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.registry import type_of
from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.metadata import Column


_TEXT = {"type": ["string", "null"]}


ADDED_PROPERTIES = {"signed": "download_url", "download": "path"}
"""The property that each mode adds to a file."""


@dataclass(frozen=True)
class Attachments:
    """What the settings want.

    Attributes:
        mode: `as_is`, `signed` or `download`.
        folder: where to download to.
    """

    mode: str = "as_is"
    folder: str = ""

    @classmethod
    def wanted(cls, config: Mapping[str, Any]) -> Attachments:
        """What the settings want.

        Raises:
            ConfigError: there is no folder to download to.
        """
        mode = str(config.get("attachments") or "as_is")
        folder = str(config.get("attachments_path") or "")
        if mode == "download" and not folder:
            raise ConfigError(
                "attachments is download, which takes attachments_path: the folder to store them "
                "in, a local path or an fsspec URL."
            )
        return cls(mode, folder if mode == "download" else "")

    def concern(self, column: Column) -> bool:
        """Whether cells of the column are to be completed."""
        return self.mode != "as_is" and type_of(column).holds_files

    def schema(self, column: Column) -> dict[str, Any]:
        """JSON Schema of a cell as it goes out."""
        own = codec.schema(column)
        if not self.concern(column):
            return own
        known = own["items"].get("properties") or {"url": _TEXT}
        items = {"type": "object", "properties": {**known, ADDED_PROPERTIES[self.mode]: _TEXT}}
        return {**own, "items": items}
