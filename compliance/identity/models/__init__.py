"""Who a customer is: what is known, what was asked, what was shown, and what people decided."""

from compliance.identity.models.people import (
    PARTICULARS,
    Application,
    Document,
    DocumentPage,
    Identity,
    Owner,
    Particulars,
)
from compliance.identity.models.records import (
    Assessment,
    CountryRule,
    Decision,
    Declaration,
    PepReview,
    ProviderCheck,
    ProviderEvent,
    Verification,
)

__all__ = [
    "Application",
    "Assessment",
    "CountryRule",
    "Decision",
    "Declaration",
    "Document",
    "DocumentPage",
    "Identity",
    "Owner",
    "Particulars",
    "PARTICULARS",
    "PepReview",
    "ProviderCheck",
    "ProviderEvent",
    "Verification",
]
