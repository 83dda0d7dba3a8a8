"""All that is asked of a server and of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.fidelity import displays, filters, writes

if TYPE_CHECKING:
    from tools.fidelity.cases import Case
    from tools.fidelity.library import Library
    from tools.fidelity.server import Server


def compare(kind: type[Server], library: Library) -> list[Case]:
    """Every check of one server, in its own sandbox."""
    with kind() as server:
        return [
            case for check in (writes, displays, filters) for case in check.compare(server, library)
        ]
