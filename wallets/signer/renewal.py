"""Take up a newer policy while the signer runs: what the administrator has signed since.

The file in the signer's own folder is the word that counts, as at a start, and is judged the same
way: by the public key that was read at the start, by its serial, and by the keys that are open. A
file that does not hold changes nothing but the log; the policy before it stands.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from wallets.signer import policy
from wallets.signer.desk import Desk
from wallets.signer.refusals import Unfit

log = logging.getLogger("signer")


class Watch:
    """Looks at one policy file for one desk."""

    def __init__(self, desk: Desk, path: Path, administrator: bytes) -> None:
        self.desk, self.path, self.administrator = desk, path, administrator
        # The first look reads it again: it may have changed since the start read it.
        self.seen: tuple[int, int, int] | None = None

    def look(self) -> bool:
        """Whether a newer policy was taken up. Cheap while the file is the same."""
        stamp = self._stamp()
        if stamp is None or stamp == self.seen:
            return False
        self.seen = stamp
        try:
            renewed = self.desk.renew(policy.load(self.path, self.administrator))
        except Unfit as error:
            log.error("%s is not taken up: %s", self.path.name, error)
            return False
        except sqlite3.Error as error:
            self.seen = None  # the disk's fault and not the file's: try again
            log.error("%s could not be noted: %s", self.path.name, type(error).__name__)
            return False
        if renewed:
            log.warning("policy %s is taken up", self.desk.policy.serial)
        return renewed

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size
