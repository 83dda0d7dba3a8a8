"""The table of mutations is up to date, and its tool tells what no test notices."""

import shlex

import pytest

from tools.mutations.__main__ import MUTATIONS, main, run
from tools.mutations.mutation import ROOT, Mutation, UnusableMutation

QUICK = "tests/target/keys/test_digest.py -k parts_do_not_run"
DIGEST = "target_seatable/keys/digest.py"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.guarantee)
def test_a_mutation_changes_a_text_that_is_there_once(mutation):
    assert mutation.mutated(ROOT) != (ROOT / mutation.file).read_text(encoding="utf-8")
    paths = [word for word in shlex.split(mutation.tests) if word.endswith(".py")]
    assert paths
    assert all((ROOT / path).is_file() for path in paths)


def test_each_guarantee_is_broken_once():
    guarantees = [mutation.guarantee for mutation in MUTATIONS]
    assert len(set(guarantees)) == len(guarantees) >= 30


@pytest.mark.parametrize("old", ["nobody wrote this", "part"])
def test_a_text_that_is_not_there_once_is_told(old):
    mutation = Mutation("nothing", DIGEST, old, "", QUICK)
    with pytest.raises(UnusableMutation, match="instead of once"):
        mutation.mutated(ROOT)


def test_what_no_test_notices_is_told(capsys):
    real = next(mutation for mutation in MUTATIONS if mutation.file == DIGEST)
    harmless = Mutation("docstrings are true", DIGEST, "in sixteen bytes", "in many bytes", QUICK)
    stale = Mutation("texts are there", DIGEST, "nobody wrote this", "", QUICK)
    without_tests = Mutation("tests run", DIGEST, "sixteen", "many", f"{QUICK} -k nothing_like_it")
    assert not run([real, harmless, stale, without_tests], jobs=1)
    before = (ROOT / DIGEST).read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert f"noticed   {real.guarantee}: tests/target/keys/test_digest.py::test_parts" in said
    assert "SURVIVED  docstrings are true" in said
    assert "UNUSABLE  texts are there" in said
    assert "UNUSABLE  tests run" in said
    assert (ROOT / DIGEST).read_text(encoding="utf-8") == before


def test_words_that_no_mutation_has_are_an_error(capsys):
    assert main(["no such guarantee"]) == 1
    assert "No mutation has one of these words: no such guarantee" in capsys.readouterr().out
