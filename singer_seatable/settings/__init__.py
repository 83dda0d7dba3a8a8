"""Where settings come from, what they take, and options that are written alike in all commands."""

from singer_seatable.settings.accepted import form_of, mistakes_in, part_of, repair
from singer_seatable.settings.key_option import KeyOption
from singer_seatable.settings.sources import (
    check_settings_files,
    environment_settings,
    find_misspelt,
    unread_variables,
    with_declared_types,
)

__all__ = [
    "KeyOption",
    "check_settings_files",
    "environment_settings",
    "find_misspelt",
    "form_of",
    "mistakes_in",
    "part_of",
    "repair",
    "unread_variables",
    "with_declared_types",
]
