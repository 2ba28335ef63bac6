"""Deposits on their way from a chain to a customer's balance."""
