"""Settings from files and from the environment, and their mistakes."""

from __future__ import annotations

import contextlib
import difflib
import json
import logging
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from seatable_client.errors import ConfigError
from singer_seatable.file_kinds import recognise_content, recognise_object
from singer_seatable.settings.accepted import form_of, json_types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

log = logging.getLogger(__name__)

COMMANDS = ("tap-seatable", "target-seatable")
"""The commands that take settings from the environment."""

_BYTE_ORDER_MARK = "\ufeff"

_BOOLEANS = frozenset({"true", "1", "yes", "on", "false", "0", "no", "off", ""})


def check_settings_files(paths: Iterable[str], known: Collection[str]) -> None:
    """See that files of settings can be read, and warn of settings that do not exist.

    A misspelt name would have no effect and no warning, and the default would apply.

    Args:
        paths: what `--config` is given; `ENV`, which stands for the environment, is no file.
        known: the names of the settings that there are.

    Raises:
        ConfigError: a file is not there, cannot be read, or holds no JSON object.
    """
    for path in paths:
        if path != "ENV":
            _check_settings_file(path, known)


def _check_settings_file(path: str, known: Collection[str]) -> None:
    try:
        content = Path(path).read_bytes()
        found = read_json(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"The file of --config {path} cannot be read: {error.strerror or error}."
        ) from None
    except RepeatedName as error:
        raise ConfigError(f"The file of --config {path} {error}.") from None
    except ValueError as error:
        raise _unreadable(path, content, error) from None
    if not isinstance(found, dict):
        raise ConfigError(f"The file of --config {path} holds no JSON object.")
    if kind := recognise_object(found, known):
        raise ConfigError(f"The file of --config {path} holds {kind}")
    likely = dict(find_misspelt(found, known))
    for name in found:
        if name not in known:
            hint = f" Did you mean {likely[name]}?" if name in likely else ""
            log.warning(
                "The file of --config %s sets %r, which is not a setting and has no effect.%s",
                path,
                name,
                hint,
            )


def _unreadable(path: str, content: bytes, error: ValueError) -> ConfigError:
    """Say why a file of settings cannot be read as JSON."""
    if not content.strip():
        return ConfigError(f"The file of --config {path} is empty.")
    if kind := recognise_content(content):
        return ConfigError(f"The file of --config {path} holds {kind}")
    if isinstance(error, UnicodeDecodeError):
        return ConfigError(
            f"The file of --config {path} is not in UTF-8. Save it in UTF-8; the > of some "
            "versions of PowerShell writes UTF-16."
        )
    return ConfigError(f"The file of --config {path} is not JSON: {error}.")


class RepeatedName(ValueError):
    """An object of JSON has a name twice; completes a sentence that begins with the place."""


def read_json(text: str) -> Any:
    """The value of a JSON text in which all numbers are finite and each name stands once.

    Args:
        text: the text; a byte order mark before it is left out.

    Raises:
        RepeatedName: an object has a name twice. Python would take the last value and drop the
            others without a word.
        ValueError: the text is no JSON.
    """
    return json.loads(
        text.removeprefix(_BYTE_ORDER_MARK),
        parse_constant=_no_number,
        object_pairs_hook=_once_each,
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RepeatedName(
                f"has {name!r} twice in one object, and only one of the values would count. Leave "
                "one of them"
            )
        found[name] = value
    return found


def _no_number(constant: str) -> NoReturn:
    """NaN and infinities, which Python reads, but which no setting can be."""
    raise ValueError(f"{constant} is not a number")


def find_misspelt(names: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """The names that are none of the known ones but close to one, and which."""
    for name in names:
        if name not in known and (likely := difflib.get_close_matches(name, known, n=1)):
            yield name, likely[0]


def unread_variables(*settings: str) -> str:
    """Sentences about variables that hold settings which are missing; empty for none.

    Who sets a token in the environment and forgets `--config ENV` believes that it is set.
    """
    sentences = []
    for command in COMMANDS:
        variables = (f"{command}_{name}".upper().replace("-", "_") for name in settings)
        if found := next((name for name in variables if os.environ.get(name, "").strip()), None):
            sentences.append(
                f" The environment has {found}, which {command} reads if it is started with "
                "--config ENV."
            )
    hint = " It may be given beside a file of settings." if sentences else ""
    return "".join(sentences) + hint


def environment_settings(
    read: Callable[[], dict[str, Any]], prefix: str, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What the environment sets, each value of the type that its setting has.

    Args:
        read: the reading of the SDK. It takes any word for false but some for true, leaves numbers
            with a fraction as text, and does not say which variable it stumbles over.
        prefix: how the variables' names begin, such as `TAP_SEATABLE_`.
        settings: JSON Schemas by the name of the setting.

    Raises:
        ConfigError: a variable does not hold what its setting takes.
    """
    _announce_misspelt_variables(prefix, settings)
    failure: ValueError | None = None
    try:
        found = _read(read, prefix, settings)
    except ValueError as error:
        found, failure = {}, error
    for name, setting in settings.items():
        variable = prefix + name.upper()
        text = os.environ.get(variable)
        if text is None:
            continue
        json_types = json_types_of(setting)
        if "boolean" in json_types and text.lower() not in _BOOLEANS:
            raise ConfigError(f"{variable} is {text!r}; {name} takes {form_of(setting)}.")
        if json_types & {"integer", "number"}:
            number = _number(text, int if "integer" in json_types else float)
            if number is None:
                raise ConfigError(f"{variable} is {text!r}; {name} takes {form_of(setting)}.")
            found[name] = number
        if json_types & {"object", "array"} and not _is_word(text, setting):
            _check_json(variable, text, f"{name} takes {form_of(setting)}", failure)
    if failure is not None:
        raise ConfigError(f"A variable {prefix}… holds what its setting does not take: {failure}.")
    return {name: _as_utf8(value) for name, value in found.items()}


def _check_json(variable: str, text: str, remedy: str, failure: ValueError | None) -> None:
    """Check that a variable is JSON without repeated names.

    Raises:
        ConfigError: the text is not such JSON, and the SDK accepts nothing else for the setting.
    """
    try:
        read_json(text)
    except RepeatedName as error:
        raise ConfigError(f"{variable} {error}.") from None
    except ValueError as error:  # the text may hold tokens
        if failure is not None:  # or the SDK has split it at commas
            raise ConfigError(f"{variable} is not JSON ({error}); {remedy}.") from None


def _read(
    read: Callable[[], dict[str, Any]], prefix: str, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    try:
        return read()
    except ValueError:  # also of a word, where a setting takes a word or an object
        with _quoted_words(prefix, settings):
            return read()


@contextlib.contextmanager
def _quoted_words(prefix: str, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Let variables of settings that take a word or an object hold their words as JSON."""
    before = {}
    for name, setting in settings.items():
        text = os.environ.get(variable := prefix + name.upper())
        if text is not None and "object" in json_types_of(setting) and _is_word(text, setting):
            before[variable] = text
            os.environ[variable] = json.dumps(text)
    try:
        yield
    finally:
        os.environ.update(before)


def _is_word(text: str, setting: Mapping[str, Any]) -> bool:
    """Whether a setting takes a text as it stands, and not as JSON."""
    text = text.removeprefix(_BYTE_ORDER_MARK)
    is_json = text.lstrip().startswith(("{", '"')) or text.strip() == "null"
    return "string" in json_types_of(setting) and not is_json


def _as_utf8(value: Any) -> Any:
    """A value from the environment as UTF-8, if the locale made Python take it for another text."""
    if isinstance(value, dict):
        return {_as_utf8(key): _as_utf8(part) for key, part in value.items()}
    if isinstance(value, list):
        return list(map(_as_utf8, value))
    if not isinstance(value, str):
        return value
    try:
        return os.fsencode(value).decode("utf-8")
    except UnicodeError:
        return value  # not in the locale's encoding: from an escape of JSON


def with_declared_types(
    config: Mapping[str, Any], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """A configuration with numbers for numerals, and objects for their JSON.

    Meltano passes fractions on as text. It is made to pass objects on as text, too, because it
    drops names with a dot from those that it reads itself: a stream would lose its key without a
    word.

    Args:
        config: values by the name of the setting.
        settings: JSON Schemas by the name of the setting. A text that is no numeral stays.

    Raises:
        ConfigError: the text for an object is no JSON.
    """
    return {
        name: _as_declared(name, value, settings[name])
        if isinstance(value, str) and name in settings
        else value
        for name, value in config.items()
    }


def _as_declared(name: str, text: str, setting: Mapping[str, Any]) -> Any:
    json_types = json_types_of(setting)
    if "number" in json_types and (number := _number(text, float)) is not None:
        return number
    if "object" not in json_types or _is_word(text, setting):
        return text
    try:
        return read_json(text)
    except RepeatedName as error:
        raise ConfigError(f"{name} {error}.") from None
    except ValueError as error:  # the text may hold tokens
        raise ConfigError(f"{name} is not JSON ({error}); it takes {form_of(setting)}.") from None


def _number(text: str, kind: type[float]) -> float | None:
    try:
        number = kind(text)
    except ValueError:
        return None
    return number if isinstance(number, int) or math.isfinite(number) else None


def _announce_misspelt_variables(prefix: str, known: Collection[str]) -> None:
    names = {name[len(prefix) :].lower() for name in os.environ if name.startswith(prefix)}
    for name, likely in find_misspelt(sorted(names), known):
        log.warning(
            "The environment has %s, which is not a setting and has no effect. Did you mean %s?",
            prefix + name.upper(),
            prefix + likely.upper(),
        )
