"""The files that a command line names for settings, looked at before anything else reads them."""

from __future__ import annotations

import difflib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from seatable_client.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection

log = logging.getLogger(__name__)


def check_settings_file(path: str, known: Collection[str]) -> None:
    """See that a file of settings can be read, and warn of settings that do not exist.

    A name with a typing error would do nothing, without a word, and the default count instead.

    Args:
        path: of the file.
        known: the names of the settings that there are.

    Raises:
        SettingError: the file is not there, cannot be read, or holds no JSON object.
    """
    try:
        found = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise SettingError(
            f"The file of --config {path} cannot be read: {error.strerror or error}."
        ) from None
    except ValueError as error:
        raise SettingError(f"The file of --config {path} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise SettingError(f"The file of --config {path} holds no JSON object.")
    for name in found:
        if name not in known:
            likely = difflib.get_close_matches(name, known, n=1)
            hint = f" Is {likely[0]} meant?" if likely else ""
            log.warning(
                "The file of --config %s gives %r, which is no setting and does nothing.%s",
                path,
                name,
                hint,
            )
