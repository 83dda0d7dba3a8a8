"""Downloads and uploads."""

from __future__ import annotations

from seatable_client.files.content import Content, digest_of_address
from seatable_client.files.download import Files, is_asset
from seatable_client.files.upload import Uploads

__all__ = [
    "Content",
    "Files",
    "Uploads",
    "digest_of_address",
    "is_asset",
]
