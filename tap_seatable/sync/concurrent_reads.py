"""Reads of several tables under way at once, whose results come out one table after the other.

A run waits for the server most of its time, one answer after the other. Here the reads of the next
tables begin while one is worked on: threads ask for their pages, and the run takes them in its own
order. So records, states and their order are those of a run that reads one table at a time.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatable_client.errors import ServerUnavailable
from seatable_client.rows import TableRead
from tap_seatable.sync.prefetch import AHEAD, POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_client.api import Base, ReadRequest
    from seatable_client.rows import Row

MAX_ROWS_AHEAD = 20_000
"""Rows at most that are held of tables whose turn has not come."""

_FIRST_GUESS = 5_000
"""What is taken for the number of a table's rows before the first tables have come."""

_SMALLEST_GUESS = 1_250
"""The least rows that room is kept for while it is not known how many a table has.

So there are at most sixteen tables that could be larger than was thought.
"""


@dataclass
class BegunRead(TableRead):
    """A read whose pages a thread asks for already."""


@dataclass(eq=False)
class _Begun:
    """A read that has begun, or will before long.

    Attributes:
        request: what is asked for.
        place: its place in the order in which streams are synced.
        read: the read in its thread; its horizon may be known only at its end.
        handed: the same read as the run sees it.
        error: what the read raised.
        pages: pages that have come and were not taken.
        reserved: rows that the next page may have, and that room is kept for.
        has_begun: whether a thread has taken it on.
        is_due: whether the run has come to it; it no longer waits for room then.
        is_done: whether all pages are here, an error was raised, or nobody wants it any more.
    """

    request: ReadRequest
    place: int
    read: TableRead | None = None
    handed: BegunRead | None = None
    error: BaseException | None = None
    pages: deque[Sequence[Row]] = field(default_factory=deque)
    reserved: int = 0
    has_begun: bool = False
    is_due: bool = False
    is_done: bool = False

    def met_outage(self) -> bool:
        """Whether the server was not available."""
        return isinstance(self.error, ServerUnavailable)


@dataclass(eq=False)
class _Crew:
    """Threads that work on the reads of one base, and then on those of the next.

    Attributes:
        base: the base.
        queue: its reads that have not begun.
    """

    base: Base | None = None
    queue: deque[_Begun] = field(default_factory=deque)


class ConcurrentReads:
    """Begins reads of tables, some for each base at once, and hands them over in order.

    Nobody waits for the threads: a run that a signal ends must not wait for a server's answer, as
    it would with an executor.

    Args:
        requests: the reads of each base by stream, in the order in which streams are synced.
        at_once: reads of one base at once, and bases at once.
    """

    def __init__(self, requests: Mapping[Base, Mapping[str, ReadRequest]], *, at_once: int) -> None:
        self._changed = threading.Condition()
        self._held = 0
        self._first_pages, self._rows_in_them = 2, 2 * _FIRST_GUESS
        self._waiting: set[_Begun] = set()
        """Reads that wait for room."""
        places = itertools.count()
        self._reads = [
            {stream: _Begun(request, next(places)) for stream, request in reads.items()}
            for reads in requests.values()
        ]
        """Of each base, the reads that the run has not come to."""
        self._queues = deque(
            (base, deque(reads.values())) for base, reads in zip(requests, self._reads, strict=True)
        )
        """Bases that no thread has come to."""
        for _ in range(min(at_once, len(requests))):
            crew = _Crew()
            for _ in range(at_once):
                threading.Thread(
                    target=self._work, args=(crew,), name="table-reads", daemon=True
                ).start()

    def take(self, stream: str, request: ReadRequest) -> BegunRead | None:
        """Hand over the read of a stream; None if it has not begun, or asks for something else.

        Or if the server was not available when it began: it may be by the time of its turn. What
        the run did not take of the streams before it is given up.

        Raises:
            SeaTableError: the read cannot begin.
        """
        with self._changed:
            reads = next((reads for reads in self._reads if stream in reads), {})
            for earlier in list(reads):
                begun = reads.pop(earlier)
                if earlier != stream:
                    self._give_up(begun)
                    continue
                if begun.request != request or not begun.has_begun or begun.met_outage():
                    self._give_up(begun)
                    return None
                self._come_to(begun)
                break
            else:
                return None
            while begun.handed is None and begun.error is None:
                self._changed.wait(POLL_SECONDS)
            if begun.handed is None:
                if begun.met_outage():
                    return None
                raise begun.error or RuntimeError(stream)
            begun.handed.pages = self._pages(begun, begun.handed)
            return begun.handed

    def close(self) -> None:
        """Give up all reads that the run has not taken."""
        with self._changed:
            for reads in self._reads:
                for begun in reads.values():
                    self._give_up(begun)
                reads.clear()

    def _pages(self, begun: _Begun, handed: BegunRead) -> Iterator[Sequence[Row]]:
        try:
            while True:
                with self._changed:
                    while not begun.pages and not begun.is_done:
                        self._changed.wait(POLL_SECONDS)
                    if not begun.pages:
                        break
                    pages = [begun.pages.popleft()]
                    self._changed.notify_all()
                yield pages.pop()  # so that nothing here holds it
            if begun.error is not None:
                raise begun.error
            if begun.read is not None:
                handed.horizon = begun.read.horizon
        finally:
            with self._changed:
                self._give_up(begun)

    def _come_to(self, begun: _Begun) -> None:
        """Let a read go on whatever room there is: the run waits for it."""
        if not begun.is_due:
            self._held -= begun.reserved + sum(map(len, begun.pages))
            begun.reserved = 0
            begun.is_due = True
            self._changed.notify_all()

    def _give_up(self, begun: _Begun) -> None:
        """Free what a read holds; its thread stops before its next call."""
        self._come_to(begun)
        begun.is_done = True
        begun.pages.clear()
        self._changed.notify_all()

    # In the threads

    def _work(self, crew: _Crew) -> None:
        while (taken := self._next(crew)) is not None:
            base, queue, begun = taken
            try:
                self._read(base, begun)
            except BaseException as error:  # noqa: BLE001  (raised where the read is taken)
                begun.error = error
            with self._changed:
                if begun.error is not None:
                    queue.clear()  # a server that fails is asked for one table after the other
                self._free_reserved(begun)
                begun.is_done = True
                self._changed.notify_all()

    def _next(self, crew: _Crew) -> tuple[Base, deque[_Begun], _Begun] | None:
        """The next read to begin; None if all have begun."""
        with self._changed:
            while True:
                while crew.base is not None and crew.queue:
                    begun = crew.queue.popleft()
                    if not begun.is_done:
                        begun.has_begun = True
                        return crew.base, crew.queue, begun
                if not self._queues:
                    return None
                crew.base, crew.queue = self._queues.popleft()

    def _read(self, base: Base, begun: _Begun) -> None:
        rows = begun.request.page_size
        if begun.request.one_page and not self._has_room(begun):
            return
        read = base.read(begun.request)
        pages = iter(read.pages)
        with self._changed:
            begun.read = read
            begun.handed = BegunRead(**vars(read))
            self._changed.notify_all()
        if begun.request.one_page:
            page = next(pages, ())
            self._note_size(len(page))
            if page:
                self._keep(begun, page)  # without asking for room: it is here
            del page
        if read.expected is not None:
            rows = min(read.expected, rows)
        while self._has_room(begun, rows) and (following := next(pages, None)) is not None:
            self._keep(begun, following)
            del following

    def _has_room(self, begun: _Begun, rows: int | None = None) -> bool:
        """Wait until a page may be asked for; False if nobody wants it any more.

        A table whose turn has come never waits for the others. Of those that wait, the one whose
        turn comes first is the first that room is kept for.

        Args:
            begun: the read.
            rows: rows that the page may have; None where nothing tells.
        """
        with self._changed:
            self._free_reserved(begun)
            self._waiting.add(begun)
            while not (begun.is_done or self._may_go_on(begun, rows)):
                self._changed.wait()
            self._waiting.discard(begun)
            self._changed.notify_all()
            return not begun.is_done

    def _may_go_on(self, begun: _Begun, rows: int | None) -> bool:
        """Whether a page may be asked for; keeps the room for it."""
        if begun.is_due:
            return len(begun.pages) < AHEAD
        if any(other.place < begun.place for other in self._waiting if not other.is_due):
            return False
        wanted = self._guess(begun) if rows is None else rows
        if self._held and self._held + wanted > MAX_ROWS_AHEAD:
            return False
        begun.reserved = wanted
        self._held += wanted
        return True

    def _guess(self, begun: _Begun) -> int:
        """How many rows room is kept for, of a table of unknown size: as many as others have."""
        usual = max(_SMALLEST_GUESS, self._rows_in_them // self._first_pages)
        return min(begun.request.page_size, usual)

    def _note_size(self, rows: int) -> None:
        """Note how many rows the first page of a table has."""
        with self._changed:
            self._first_pages += 1
            self._rows_in_them += min(rows, _FIRST_GUESS)

    def _keep(self, begun: _Begun, page: Sequence[Row]) -> None:
        with self._changed:
            if begun.is_done:
                return
            self._free_reserved(begun)
            if not begun.is_due:
                self._held += len(page)
            begun.pages.append(page)
            self._changed.notify_all()

    def _free_reserved(self, begun: _Begun) -> None:
        """Free the room that is kept for a page; none is once the run has come to the read."""
        self._held -= begun.reserved
        begun.reserved = 0
