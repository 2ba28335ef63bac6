"""Staff screens: the queue of transfers, the directory of providers, and what is known of them."""

from compliance.travel_rule.admin import messages, providers  # noqa: F401
