"""Who acts. Every verb that changes something takes an Actor, and asks it for permission itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.core.errors import PermissionRefused

STAFF, CUSTOMER, SYSTEM = "staff", "customer", "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a process, with what the audit log wants to know of the request.

    `may` answers whether a permission ("exchange.freeze_customer") is held; for staff it already
    includes that a second factor was shown in this session.
    """

    kind: str
    label: str
    user_id: int | None = None
    customer_id: int | None = None
    ip: str | None = None
    request_id: str = ""
    may: Callable[[str], bool] = field(default=lambda _: False, repr=False)

    def require(self, permission: str) -> None:
        """Raise PermissionRefused unless this actor holds `permission`."""
        if not self.may(permission):
            raise PermissionRefused(f"This needs the permission {permission}.", limit=permission)


def system(name: str) -> Actor:
    """The exchange's own processes: tasks, seeds, sweeps. Holds every permission."""
    return Actor(kind=SYSTEM, label=name, may=lambda _: True)
