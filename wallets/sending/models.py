"""Outgoing transactions: what was prepared, signed, sent and mined."""
