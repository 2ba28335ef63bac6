"""Tasks: thin, killable, safe to run twice. Letters go out with `core.deliver_outbox`."""

from exchange.accounts import mail  # noqa: F401  the consumer of "mail.send" registers itself
