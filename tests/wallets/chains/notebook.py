"""A room that follows a chain and writes down what it was told, for tests of the walk."""

from __future__ import annotations

import threading
from typing import Any

from wallets.chains import followers, watch


class Notebook:
    """The blocks it was told of and has not been told to forget. It can be made to die."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.fail_at = self.fail_at_undo = 0
        self.twice_is_an_error = True
        self.wait_for_another = False
        self.meeting = threading.Barrier(2, timeout=10)
        self.connected = self.undone = 0

    @classmethod
    def alone(cls, monkeypatch: Any) -> Notebook:
        """The only room that follows chains."""
        monkeypatch.setattr(followers, "_followers", {})
        book = cls()
        watch.follows("notebook", connect=book.connect, disconnect=book.disconnect, order=1)
        return book

    def tell(self, what: str) -> None:
        """For tests that listen."""

    def connect(self, network: Any, block: Any) -> None:
        self.connected += 1
        self.tell("in")
        if self.twice_is_an_error:
            assert block.id.hash not in self.blocks, "connected twice"
        self.blocks.append(block.id.hash)
        if self.wait_for_another:
            self.meeting.wait()
        if self.connected == self.fail_at:
            raise RuntimeError("died")

    def disconnect(self, network: Any, block: Any) -> None:
        self.undone += 1
        self.tell("out")
        if self.undone == self.fail_at_undo:
            raise RuntimeError("died")
        assert self.blocks.pop() == block.hash, "undone out of order"

    def forget_to(self, count: int) -> None:
        """What a rolled-back transaction would have undone; a list knows no transactions."""
        del self.blocks[count:]
