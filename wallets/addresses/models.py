"""Addresses of ours, and the addresses customers send to."""
