"""The demo: people of every role, funded traders, a day of trading, and bots that keep it moving.

Nothing here is imported by any other room, and production never runs it.
"""
