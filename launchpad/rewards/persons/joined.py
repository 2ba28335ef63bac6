"""Join pairs into groups. A group is called by its smallest member."""

from __future__ import annotations


class Joined:
    """Numbers and who is joined with whom, directly or through others."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def join(self, one: int, other: int) -> None:
        smaller, larger = sorted((self.root(one), self.root(other)))
        self._above[larger] = smaller

    def root(self, member: int) -> int:
        """What its group is called: itself when it stands alone."""
        above = self._above
        while above.setdefault(member, member) != member:
            above[member] = above[above[member]]
            member = above[member]
        return member

    def accounts(self) -> list[int]:
        """Everybody who was ever named, in order."""
        return sorted(self._above)
