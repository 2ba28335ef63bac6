"""Staff screens of the audit room: the log, proposals, kill switches and the outbox.

The last two are rows of core, whose staff verbs live here: core knows no audit log.
"""

from exchange.audit.admin import log, outbox, proposals, switches  # noqa: F401
