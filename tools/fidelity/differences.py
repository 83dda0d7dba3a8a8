"""The known differences between the sandbox and the library, each with its reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.fidelity.cases import Case

FILE = Path(__file__).with_name("differences.json")

Counts = dict[str, int]


class Difference(msgspec.Struct, kw_only=True):
    """A known difference: which cases it is about, how many there are, and why it stays.

    Attributes:
        check: The check, as cases name it.
        where: What the cases have in common, in words, for the documentation.
        reason: Why the sandbox stays as it is.
        groups: The groups of the cases.
        columns: A regular expression that a case's whole column name matches.
        question: A regular expression that is found in a case's question.
        counts: The number of cases by server.
    """

    check: str
    where: str
    reason: str
    groups: list[str]
    columns: str = ""
    question: str = ""
    counts: Counts

    def covers(self, case: Case) -> bool:
        """Whether the case is one of these."""
        return (
            case.check == self.check
            and case.group in self.groups
            and case.server in self.counts
            and (not self.columns or re.fullmatch(self.columns, case.column) is not None)
            and re.search(self.question, case.question) is not None
        )


class Known(msgspec.Struct):
    """All that is known: the number of cases by check and server, and the differences."""

    cases: dict[str, Counts]
    differences: list[Difference]


def load() -> Known:
    """What the file says."""
    return msgspec.json.decode(FILE.read_bytes(), type=Known)


def save(known: Known) -> None:
    """Write the file."""
    encoded = msgspec.json.encode(known)
    FILE.write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")


class Verdict:
    """Cases held against what is known."""

    def __init__(self, known: Known, cases: Iterable[Case]) -> None:
        self.known = known
        self.unlisted: list[Case] = []
        self._found: list[Counter[str]] = [Counter() for _ in known.differences]
        self._cases: dict[str, Counter[str]] = {}
        self.groups: dict[tuple[str, str, str], Counter[str]] = {}
        for case in cases:
            self._add(case)

    def _add(self, case: Case) -> None:
        group = self.groups.setdefault((case.check, case.server, case.group), Counter())
        group["cases"] += 1
        self._cases.setdefault(case.check, Counter())[case.server] += 1
        if case.is_equal:
            return
        for difference, found in zip(self.known.differences, self._found, strict=True):
            if difference.covers(case):
                found[case.server] += 1
                group["listed"] += 1
                return
        group["unlisted"] += 1
        self.unlisted.append(case)

    @property
    def renewed(self) -> Known:
        """What is known, with the counts of these cases; differences without a case are dropped."""
        differences = [
            msgspec.structs.replace(difference, counts=_positive(difference.counts, found))
            for difference, found in zip(self.known.differences, self._found, strict=True)
        ]
        return Known(
            {check: dict(counts) for check, counts in self._cases.items()},
            [difference for difference in differences if difference.counts],
        )


def _positive(servers: Mapping[str, Any], found: Counter[str]) -> Counts:
    return {server: found[server] for server in servers if found[server]}
