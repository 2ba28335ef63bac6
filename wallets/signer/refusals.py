"""How the signer says no: a stable code, and a sentence for people."""

from __future__ import annotations


class Refusal(Exception):
    """Nothing was signed. `code` is what programs compare."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class Unfit(Exception):
    """The signer must not start: its policy, its keys or its journal are not as they must be."""
