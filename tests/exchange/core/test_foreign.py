"""Numbers as strangers write them: read, or none, and never an error."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.core.foreign import amount_of, whole_of


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("42", 42), ("007", 7), ("9" * 18, 10**18 - 1)]
    + [(none, None) for none in ("", "²", "٣", "9" * 19, "9" * 5000, "-1", "+1", "1.0", " 1", "a")],
)
def test_a_whole_number_is_plain_digits(text, number):
    assert whole_of(text) == number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 975 000,5", "1975000.5"),
        ("1,975.25", None),  # one of the two is no separator of thousands
        ("0", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("9" * 20 + "." + "9" * 18, "9" * 20 + "." + "9" * 18),
    ]
    + [(none, None) for none in ("", "1e5", "1e999999", "NaN", "Infinity", "-1", "²", "9" * 21)],
)
def test_an_amount_is_plain_notation_within_what_the_ledger_keeps(text, amount):
    assert amount_of(text) == (None if amount is None else Decimal(amount))
