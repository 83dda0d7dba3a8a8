"""Paths as people may see them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatable_client.formatting import show_path, show_path_error

SECRETS = st.text("ab:@/?#%&= ", min_size=1, max_size=8).map(lambda text: f"Q{text}Q")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/data/a@b/x", "/data/a@b/x"),
        ("memory://x/a@b", "memory://x/a@b"),
        ("abfs://box@account.example/x", "abfs://box@account.example/x"),
        ("s3://key:word@box/x", "s3://***@box/x"),
        ("ftp://me:word@h.example:21/x/y.jsonl", "ftp://***@h.example:21/x/y.jsonl"),
        ("ftp://me:w@r/d@h.example/x", "ftp://***@h.example/x"),
        ("https://word@h.example/x", "https://***@h.example/x"),
        ("https://h.example/x?sig=word", "https://h.example/x?***"),
        ("https://h.example/x?sig=wo@rd", "https://***"),
        ("simplecache::sftp://me:word@h/x", "simplecache::sftp://***@h/x"),
    ],
)
def test_what_is_shown(path, shown):
    assert show_path(path) == shown


@given(SECRETS, st.sampled_from(["ftp://me:{}@h/x", "sftp://{}@h/x", "https://h/x?k={}"]))
@example("Q@Q", "https://h/x?k={}")
@example("Q/?@Q", "ftp://me:{}@h/x")
def test_no_secret_is_shown(secret, form):
    path = form.format(secret)
    assert "Q" not in show_path(path)
    quoted = OSError(f"550 {path} failed for {secret} in {path}")
    assert "Q" not in show_path_error(quoted, path)
