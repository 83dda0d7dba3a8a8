"""Kinds of errors with their exit codes, and the errors of each kind."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

import seatable_client.errors
import tap_seatable.errors
import target_seatable.errors
from seatable_client.errors import ErrorKind, SeaTableError
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLUGINS = {
    seatable_client.errors.__name__: "both",
    tap_seatable.errors.__name__: "tap-seatable",
    target_seatable.errors.__name__: "target-seatable",
}
"""The modules that define errors, and the plugin that raises them."""

_MEANINGS = {
    ErrorKind.BUG: "The connector failed unexpectedly. The log shows a traceback.",
    ErrorKind.CONFIGURATION: "A setting, the catalog, the state or an option is invalid.",
    ErrorKind.CREDENTIALS: "The server rejects the API token, the account token or the login.",
    ErrorKind.PERMISSION: "The credential is valid, but it does not permit the operation.",
    ErrorKind.DATA: "A record or a row cannot be read or stored as it is.",
    ErrorKind.SYSTEM: "A file, a pipe or another resource of this machine failed.",
    ErrorKind.SERVER: "The server gave no usable response after all retries.",
    ErrorKind.LIMIT: "A limit on API calls resets later than `max_wait_seconds`.",
}


def exit_codes() -> str:
    """Each kind of error, most urgent first, with its exit code and its remedy."""
    remedies = _remedies()
    head = ("exit code", "kind", "what it means", "what to do")
    rows = (
        (f"{kind.exit_code}", kind.name.lower(), _MEANINGS[kind], remedies[kind.name])
        for kind in ErrorKind
    )
    return table(head, rows)


def errors() -> str:
    """Each error by its name, with its plugin, its kind and its meaning."""
    rows = (
        (
            f"`{error.__name__}`",
            _PLUGINS[error.__module__],
            error.kind.name.lower(),
            _summary(error),
        )
        # Whichever plugin was imported first.
        for error in sorted(_subclasses(SeaTableError), key=_plugin_order)
    )
    return table(("error", "plugin", "kind", "meaning"), rows)


def _plugin_order(error: type[SeaTableError]) -> int:
    return list(_PLUGINS).index(error.__module__)


def _remedies() -> dict[str, str]:
    """The texts under the members of ErrorKind, by the members' names."""
    (definition,) = ast.parse(inspect.getsource(ErrorKind)).body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{ErrorKind.__name__} is no class")
    texts = {}
    for statement, following in zip(definition.body[:-1], definition.body[1:], strict=True):
        match statement, following:
            case (
                ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = " ".join(text.split())
    return texts


def _subclasses(error: type[SeaTableError]) -> Iterator[type[SeaTableError]]:
    """The classes below one that stand in the modules of errors, parents first."""
    for subclass in error.__subclasses__():
        if subclass.__module__ in _PLUGINS:
            yield subclass
        yield from _subclasses(subclass)


def _summary(error: type[SeaTableError]) -> str:
    """The first paragraph of a class's docstring, on one line."""
    return " ".join(inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0].split())
