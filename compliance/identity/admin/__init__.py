"""Who a customer is: the reviewer's desk, what was sent, and the rows behind."""

from compliance.identity.admin import countries, desk, pictures, rows  # noqa: F401
