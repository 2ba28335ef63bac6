"""Figures: each module measures one, against a baseline in the same run, and prints a JSON line."""
