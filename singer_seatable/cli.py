"""What both commands share: errors as sentences with an exit code of their kind."""

from __future__ import annotations

import contextlib
import importlib.metadata
import sys
from typing import TYPE_CHECKING

import click

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from singer_seatable.config_sources import unread_variables

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator

DISTRIBUTION = "singer-seatable"


@contextlib.contextmanager
def exit_on_error(logger: logging.Logger) -> Iterator[None]:
    """Turn an error into one log line and the exit code of its kind.

    A mistake that a user can make gets a sentence, not a traceback. Anything unexpected is a bug:
    it keeps its traceback, and the log says where to report it.
    """
    try:
        yield
    except SeaTableError as error:
        logger.error("%s", describe(error))  # noqa: TRY400  (a traceback is what this avoids)
        sys.exit(error.kind.exit_code)
    except (click.exceptions.Exit, click.Abort, click.ClickException):
        raise  # how click ends a command
    except Exception:
        logger.exception(
            "This is a bug in %s. Please report it, with the lines below: %s",
            DISTRIBUTION,
            issues_url(),
        )
        sys.exit(ErrorKind.BUG.exit_code)


def describe(error: SeaTableError) -> str:
    """An error's sentence, with a hint where the settings that it misses stand elsewhere."""
    missing = error.missing if isinstance(error, ConfigError) else ()
    return f"{error}{unread_variables(*missing)}"


def issues_url() -> str:
    """Where bugs are reported, as the distribution's metadata says."""
    urls = importlib.metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    return next((url.partition(", ")[2] for url in urls if url.startswith("Issues, ")), "")
