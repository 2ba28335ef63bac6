"""Customers' withdrawals."""
