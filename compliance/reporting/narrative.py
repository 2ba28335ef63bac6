"""Draft a narrative from facts: who, what, when, where, why and how. A person finishes it.

What facts can't tell is asked in double brackets; a report is not valid while a question stands.
Plain words and full dates, no codes of ours: whoever reads it works at the regulator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from compliance.monitoring.models import Alert
from exchange.core.models import Fact, FactKind
from exchange.core.money import plain

IN = (FactKind.CRYPTO_DEPOSIT, FactKind.FIAT_DEPOSIT)
OUT = (FactKind.CRYPTO_WITHDRAWAL, FactKind.FIAT_WITHDRAWAL)
WORDS = {
    FactKind.CRYPTO_DEPOSIT: ("deposit", "of virtual currency"),
    FactKind.FIAT_DEPOSIT: ("deposit", "of money"),
    FactKind.CRYPTO_WITHDRAWAL: ("withdrawal", "of virtual currency"),
    FactKind.FIAT_WITHDRAWAL: ("withdrawal", "of money"),
    FactKind.TRANSFER: ("transfer", "to other customers"),
}
SHOWN = 8


def draft(
    *, persons: Sequence[dict[str, Any]], facts: Sequence[Fact], alerts: Iterable[Alert]
) -> str:
    """The six questions in paragraphs, in the language of the regulator."""
    parts = [
        ("WHO", _who(persons)),
        ("WHAT", _what(facts)),
        ("WHEN", _when(facts)),
        ("WHERE", _where(facts)),
        ("WHY", _why(list(alerts))),
        ("HOW", _how(facts)),
        ("WHAT WE DID", "[[What did we ask, what was answered, and what did we do?]]"),
    ]
    return "\n\n".join(f"{title}: {words}" for title, words in parts)


def _who(persons: Sequence[dict[str, Any]]) -> str:
    if not persons:
        return "[[Whom is it about?]]"
    said = []
    for each in persons:
        name = (
            " ".join(filter(None, (each.get("first_name", ""), each.get("last_name", ""))))
            or "A person whose name is not known"
        )
        born = f", born {each['birth_date']}" if each.get("birth_date") else ""
        does = f", {each['occupation']}" if each.get("occupation") else ""
        lives = ", ".join(filter(None, (each.get("city", ""), each.get("country", ""))))
        account = f", our customer {each['account']}" if each.get("account") else ""
        said.append(f"{name}{born}{does}{f' of {lives}' if lives else ''}{account}.")
    return " ".join(said)


def _what(facts: Sequence[Fact]) -> str:
    if not facts:
        return "[[What happened?]]"
    sums: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind in WORDS:
            sums[fact.kind].append(fact)
    said = [_counted(kind, each) for kind, each in sums.items()]
    return " ".join(said) or "[[What happened?]]"


def _counted(kind: str, facts: list[Fact]) -> str:
    worth = [fact.usd for fact in facts if fact.usd is not None]
    coins = ", ".join(sorted({fact.asset for fact in facts if fact.asset})[:SHOWN])
    act, of_what = WORDS[FactKind(kind)]
    words = f"{len(facts)} {act}{'' if len(facts) == 1 else 's'} {of_what} ({coins})"
    if not worth:
        return f"{words}."
    total = dollars(sum(worth, Decimal(0)))
    if len(worth) == 1:
        return f"{words}, worth USD {total}."
    return (
        f"{words}, together worth USD {total}, "
        f"the smallest USD {dollars(min(worth))} and the largest USD {dollars(max(worth))}."
    )


def _when(facts: Sequence[Fact]) -> str:
    if not facts:
        return "[[When did it happen?]]"
    first, last = min(each.at for each in facts), max(each.at for each in facts)
    return f"Between {first:%m/%d/%Y %H:%M} and {last:%m/%d/%Y %H:%M} (UTC)."


def _where(facts: Sequence[Fact]) -> str:
    places = sorted({fact.ip_country for fact in facts if fact.ip_country})
    ips = sorted({str(fact.ip) for fact in facts if fact.ip})[:SHOWN]
    if not ips and not places:
        return "On our website. [[From where was the account used?]]"
    countries = f" in {', '.join(places)}" if places else ""
    if not ips:
        return f"On our website{countries}. [[From which IP addresses?]]"
    many = "es" if len(ips) > 1 else ""
    return f"On our website, from the IP address{many} {', '.join(ips)}{countries}."


def _why(alerts: list[Alert]) -> str:
    said = [each.explanation.strip().rstrip(".") + "." for each in alerts[:SHOWN]]
    asked = "[[Why is it suspicious for this customer, and what else could explain it?]]"
    return " ".join([*said, asked])


def _how(facts: Sequence[Fact]) -> str:
    addresses = list(dict.fromkeys(fact.address for fact in facts if fact.address))
    if not addresses:
        return "[[By what means?]]"
    more = f" and {len(addresses) - SHOWN} more" if len(addresses) > SHOWN else ""
    return f"Through the virtual currency addresses {', '.join(addresses[:SHOWN])}{more}."


def dollars(amount: Decimal) -> str:
    """48,600.25: to the cent."""
    return f"{Decimal(plain(amount)):,.2f}"
