"""What is wrong with a report: where, by a stable code, in words that an officer understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

MOST = 100  # of one report: whoever has so many begins anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`where` is a field of the form ("subjects.0.last_name") or a place in the file."""

    where: str
    code: str
    says: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def as_json(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """As the report's row keeps them, at most a hundred."""
    return [problem.as_json() for _n, problem in zip(range(MOST), problems, strict=False)]


class Found:
    """Collects problems while a document is walked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, where: str, code: str, says: str) -> None:
        self.problems.append(Problem(where=where, code=code, says=str(says)))

    def need(self, good: object, where: str, code: str, says: str) -> bool:
        """Note the problem unless `good`; says whether it was good."""
        if not good:
            self.add(where, code, says)
        return bool(good)
