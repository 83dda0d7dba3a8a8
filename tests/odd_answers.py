"""Answers with a status of success that lack what was asked, for endpoints of every server."""

from __future__ import annotations

from hypothesis import strategies as st

from seatable_sandbox import Fault

BODIES = [
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"pong"',
    b'{"success": false}',
    b'{"success": false, "error_message": ""}',
    b'{"error_msg": "busy"}',
    b'{"error_message": "internal error"}',
    b'{"detail": "later"}',
    *(
        b'{"%s": %s}' % (key, value)
        for key in (b"results", b"rows", b"metadata", b"operations", b"deleted_rows")
        for value in (b"null", b"[null]", b"[{}]", b"{}", b'"x"')
    ),
    b'{"results": [{"row_count": null}]}',
    b'{"results": [{"_id": null}]}',
    b'{"rows": [{"_id": 7}]}',
    b'{"rows": [{"_id": "a", "_mtime": 7}]}',
    b'{"metadata": {"tables": [null]}}',
    b'{"metadata": {"tables": [{"_id": "0000", "name": "T", "columns": null}]}}',
    b'{"metadata": {"tables": [{"_id": "0000", "name": "T", "columns": [{"key": null}]}]}}',
    b'{"inserted_row_count": null}',
    b'{"access_token": null, "dtable_uuid": null}',
]
"""None of them answers anything that is asked of a base."""

READS = ["/(sql|query)/", "/(rows|filtered-rows)/$", "/metadata/", "/operations/", "access-token"]
"""Paths of calls that read."""


def faults(paths: list[str], kinds: list[str], methods: list[str | None]) -> st.SearchStrategy:
    """Such an answer to one request or to a few, or another status than the documented one."""
    return st.builds(
        Fault,
        kind=st.sampled_from(kinds),
        path=st.sampled_from(paths),
        method=st.sampled_from(methods),
        status=st.sampled_from([200, 200, 200, 200, 202, 206]),
        body=st.sampled_from(BODIES),
        after=st.integers(0, 4),
        times=st.sampled_from([1, 2, 99]),
    )
