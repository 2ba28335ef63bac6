"""What this room itself looks at before an approval; rooms above add theirs."""

from __future__ import annotations

from compliance.identity import checks, requirements
from compliance.identity.checks import PASS, Outcome, Verdict
from compliance.identity.models import Application, ProviderCheck
from compliance.identity.words import Risk
from exchange.core import clock


def complete(application: Application) -> Outcome:
    """Everything that was asked for is there, and nothing has run out since."""
    if why := requirements.refusal(application):
        return Outcome(Verdict.REFUSE, why)
    if lacking := requirements.missing(application):
        return Outcome(Verdict.HOLD, "missing: " + ", ".join(item.says for item in lacking[:5]))
    if application.id_expires_on and application.id_expires_on < clock.now().date():
        return Outcome(Verdict.HOLD, f"the document expired on {application.id_expires_on}")
    return PASS


def providers(application: Application) -> Outcome:
    """Nobody outside said no, and nobody is still looking. Our own reviewer answers by deciding."""
    outside = application.checks.exclude(provider="manual")
    for check in outside.order_by("id"):
        if check.state == ProviderCheck.State.ASKED:
            return Outcome(Verdict.HOLD, f"{check.provider} has not answered about {check.kind}")
    latest = outside.order_by("-id").first()
    if latest is not None and latest.state == ProviderCheck.State.FAILED:
        why = ", ".join(latest.reasons) or "no reason given"
        return Outcome(Verdict.HOLD, f"{latest.provider} says no: {why}")
    return PASS


def allowed(application: Application) -> Outcome:
    """Prohibited is prohibited, whoever looks."""
    if application.risk == Risk.PROHIBITED:
        return Outcome(Verdict.REFUSE, "the rules of risk prohibit this customer")
    return PASS


checks.register("complete", complete, order=checks.COMPLETENESS)
checks.register("providers", providers, order=checks.DOCUMENTS)
checks.register("risk", allowed, order=checks.RISK)
