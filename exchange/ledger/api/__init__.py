"""Balances for integrators, and their transfers between accounts of their own."""

from exchange.ledger.api.balances import room as balances
from exchange.ledger.api.sub_accounts import room as sub_accounts

urlpatterns = [*balances.urlpatterns(), *sub_accounts.urlpatterns()]
