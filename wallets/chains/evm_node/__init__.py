"""An EVM chain for development and tests: anvil where Node is, else the EVM in Python.

It knows no Django and none of our settings.
"""
