"""A numeral is stored if a double holds it, however a program prints that double."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from seatable_client.errors import InvalidValueError
from tests.client.column_types.stored_cells import write

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
PRINTERS = st.sampled_from([
    repr,
    lambda number: f"{number:.17g}",
    lambda number: f"{number:.16e}",
    lambda number: f"{number:.15g}",
    lambda number: f"{number:.3g}".upper(),
    lambda number: f"{Decimal(repr(number)):f}",
    lambda number: f"{Decimal(repr(number)):f}".replace("0.", ".", 1)
    if abs(number) < 1
    else repr(number),
])  # fmt: skip
FORMS = st.sampled_from([str, Decimal])


@given(DOUBLES, PRINTERS, FORMS)
@example(7.89e-05, repr, str)
@example(-72.886806000000007, lambda number: f"{number:.17g}", Decimal)
@example(0.097, lambda _number: ".097", str)
@example(0.0, lambda _number: "0E-8", str)
@example(1000.0, lambda _number: "1E+3", str)
@example(5e-324, lambda _number: "4.9E-324", str)
def test_whatever_is_printed_of_a_double_is_stored_as_that_double(number, printer, form):
    text = printer(number)
    assume(abs(float(text)) != float("inf"))
    assert write("number", form(text)) == float(text)


@given(
    digits=st.integers(0, 10**25),
    exponent=st.integers(-340, 320),
    negative=st.booleans(),
    zeros=st.integers(0, 9),
    form=FORMS,
)
@example(9007199254740993, 0, False, 0, Decimal)
@example(1, -400, False, 0, str)
def test_a_numeral_is_stored_exactly_if_its_double_gives_it_back(
    digits, exponent, negative, zeros, form
):
    numeral = f"{'-' * negative}{digits * 10**zeros}E{exponent - zeros}"
    value = Decimal(numeral)
    count = len(str(digits).rstrip("0")) or 1
    nearest = float(value)
    printed = {repr(nearest), f"{nearest:.{min(count, 17) - 1}e}"}
    gives_back = abs(nearest) < float("inf") and value in map(Decimal, printed)
    try:
        cell = write("number", form(numeral))
    except InvalidValueError as refusal:
        assert not gives_back
        assert "more digits than a number column holds" in str(refusal)  # noqa: PT017
    else:
        assert gives_back
        assert cell == nearest


@pytest.mark.parametrize("text", ["1e99999999999999999999", "1e-99999999999999999999", "1" * 5000])
def test_what_is_out_of_all_bounds_is_refused(text):
    with pytest.raises(InvalidValueError, match=r"cannot be stored as a number|more digits"):
        write("number", text)
