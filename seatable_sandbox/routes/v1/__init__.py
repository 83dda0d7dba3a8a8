"""dtable-server v1 and dtable-db v1: the generations of the old API documents."""

from __future__ import annotations

from seatable_sandbox.routes.v1.api import API
from seatable_sandbox.routes.v1.dtable_db import API as DTABLE_DB_API
from seatable_sandbox.routes.v1.dtable_db import ENDPOINTS as DTABLE_DB
from seatable_sandbox.routes.v1.dtable_db import SERVER_ENDPOINTS as DTABLE_DB_SERVER
from seatable_sandbox.routes.v1.reading import ENDPOINTS as READING
from seatable_sandbox.routes.v1.reading import SERVER_ENDPOINTS as SERVER
from seatable_sandbox.routes.v1.writing import ENDPOINTS as WRITING

__all__ = [
    "API",
    "DTABLE_DB",
    "DTABLE_DB_API",
    "DTABLE_DB_SERVER",
    "READING",
    "SERVER",
    "WRITING",
]
