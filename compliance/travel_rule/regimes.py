"""Which law a transfer is under, from what amount, and what is done when data can't be exchanged.

The regime follows the customer's country of residence; whoever's is not known, or is in no row, is
under the recommendation of the FATF. Amounts are compared in US dollars: `usd` is what one unit of
the currency is worth, rounded down, so that a slip of the rate asks for too much and never for
too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum


class Sunrise(StrEnum):
    """When the other provider takes no messages (yet), or nobody knows it."""

    KEEP = "keep"  # collect the data, keep them, and go on
    HOLD = "hold"  # an officer decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    code: str
    name: str
    countries: frozenset[str]
    currency: str
    threshold: Decimal
    usd: Decimal
    unreachable: Sunrise
    # A customer's own wallet has to be proved from this amount on; None: their word is enough.
    prove_from: Decimal | None = None
    # How long others have, before an officer looks at it.
    provider_answers_within: timedelta = timedelta(hours=24)
    customer_answers_within: timedelta = timedelta(days=7)
    deliver_within: timedelta = timedelta(hours=2)

    def applies(self, usd: Decimal | None) -> bool:
        """Is a transfer worth so much under the rule? What nobody can value is."""
        return usd is None or usd >= self.in_usd(self.threshold)

    def must_be_proved(self, usd: Decimal | None) -> bool:
        if self.prove_from is None:
            return False
        return usd is None or usd >= self.in_usd(self.prove_from)

    def in_usd(self, amount: Decimal) -> Decimal:
        return (amount * self.usd).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


_EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    ).split()
)
REGIMES: tuple[Regime, ...] = (
    # 31 CFR 1010.410(e) and (f): transmittals of funds of USD 3,000 and more. Wallets without a
    # provider are no transmittor's institution; FinCEN's proposal of 2020 (85 FR 83840) to verify
    # them was never made final.
    Regime(
        code="US",
        name="United States",
        countries=frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM"}),
        currency="USD",
        threshold=Decimal(3_000),
        usd=Decimal(1),
        unreachable=Sunrise.KEEP,
    ),
    # PCMLTFR (SOR/2002-184) sections 124 and 124.1: transfers of virtual currency of CAD 1,000 and
    # more, and reasonable measures with a risk-based policy where data are missing.
    Regime(
        code="CA",
        name="Canada",
        countries=frozenset({"CA"}),
        currency="CAD",
        threshold=Decimal(1_000),
        usd=Decimal("0.68"),
        unreachable=Sunrise.KEEP,
    ),
    # Regulation (EU) 2023/1113, articles 14 to 17: every transfer of crypto-assets, without a
    # threshold; a customer's self-hosted address is to be proved above EUR 1,000 (14(5), 16(2)).
    Regime(
        code="EU",
        name="European Union and EEA",
        countries=_EEA,
        currency="EUR",
        threshold=Decimal(0),
        usd=Decimal("1.02"),
        prove_from=Decimal("1000.01"),
        unreachable=Sunrise.HOLD,
    ),
)
# FATF, Recommendation 16 and its interpretive note, paragraph 7(b): USD/EUR 1,000.
FATF = Regime(
    code="FATF",
    name="FATF Recommendation 16",
    countries=frozenset(),
    currency="USD",
    threshold=Decimal(1_000),
    usd=Decimal(1),
    unreachable=Sunrise.KEEP,
)
_BY_COUNTRY = {country: regime for regime in REGIMES for country in regime.countries}
_BY_CODE = {regime.code: regime for regime in (*REGIMES, FATF)}


def of_country(country: str) -> Regime:
    """The regime of somebody who lives there; of an unknown country the FATF's."""
    return _BY_COUNTRY.get(country, FATF)


def by_code(code: str) -> Regime:
    return _BY_CODE[code]
