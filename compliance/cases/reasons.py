"""Reason codes: the grounds on which a case may end, by disposition.

A code is kept with the decision and counted in tuning; its words are for people.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from compliance.cases.states import Disposition
from compliance.monitoring.models import AlertLabel

Outcome = AlertLabel.Outcome

REASONS: dict[str, dict[str, Any]] = {
    Disposition.FALSE_POSITIVE: {
        "rule_too_wide": _("The scenario looks too widely"),
        "data_error": _("The data was wrong"),
        "own_accounts": _("Between accounts of the same owner"),
        "wrong_person": _("Another person of a similar name"),
        "duplicate": _("The same as an alert already judged"),
    },
    Disposition.EXPLAINED: {
        "documents": _("Documents explain it"),
        "known_business": _("Usual for their business"),
        "market_making": _("Registered market maker"),
        "one_off": _("A single event with a known source of funds"),
        "known_counterparty": _("The counterparty is known and verified"),
    },
    Disposition.MONITOR: {
        "not_enough": _("Not enough to suspect, too much to forget"),
        "new_customer": _("New customer without a pattern yet"),
        "answer_outstanding": _("What was asked is not answered in full"),
    },
    Disposition.EXIT: {
        "outside_appetite": _("Outside of our risk appetite"),
        "no_answer": _("Did not answer, or refused to"),
        "fraud": _("Fraud against us or other customers"),
        "false_identity": _("False identity or documents"),
    },
    Disposition.REPORT: {
        "structuring": _("Structuring"),
        "laundering": _("Suspected money laundering"),
        "terrorist_financing": _("Suspected terrorist financing"),
        "sanctions_evasion": _("Suspected sanctions evasion"),
        "fraud": _("Fraud, scam or ransomware"),
        "account_takeover": _("Account takeover"),
        "market_abuse": _("Manipulation or insider dealing"),
        "other_suspicion": _("Other grounds to suspect"),
    },
}

# What a disposition teaches monitoring of the case's alerts.
OUTCOMES: dict[str, str] = {
    Disposition.FALSE_POSITIVE: Outcome.FALSE_POSITIVE,
    Disposition.EXPLAINED: Outcome.EXPLAINED,
    Disposition.MONITOR: Outcome.EXPLAINED,
    Disposition.EXIT: Outcome.PRODUCTIVE,
    Disposition.REPORT: Outcome.PRODUCTIVE,
}
PRODUCTIVE = [Disposition.EXIT, Disposition.REPORT]


def words_of(disposition: str, reason_code: str) -> Any:
    """A reason in words; the code itself when it is not in use any more."""
    return REASONS.get(disposition, {}).get(reason_code, reason_code)
