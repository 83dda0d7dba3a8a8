"""What both commands share: errors as sentences, exit codes, checked settings."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from seatable_client.errors import SeaTableError

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator


@contextlib.contextmanager
def exit_on_error(logger: logging.Logger) -> Iterator[None]:
    """Turn a `SeaTableError` into its sentence in the log and exit code 1.

    A mistake that a user can make deserves a sentence, not a traceback. Anything else is a bug and
    keeps its traceback.
    """
    try:
        yield
    except SeaTableError as error:
        logger.error("%s", error)  # noqa: TRY400  (a traceback is what this is here to avoid)
        sys.exit(1)
