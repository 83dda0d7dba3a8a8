"""The stream with and without a key, and a base that is overwritten."""

import pytest

from tests.target.load_methods.overwrite.people import KEYLESS, PEOPLE


@pytest.fixture(params=[PEOPLE, KEYLESS], ids=["keyed", "keyless"])
def stream(request):
    return request.param


@pytest.fixture
def base(sandbox, make):
    return make(sandbox, load_method="overwrite", max_delete_fraction=0.9)
