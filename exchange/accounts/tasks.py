"""Tasks: thin, killable, safe to run twice. Letters go out with `core.deliver_outbox`."""

from exchange.accounts import invitations, mail, sign_up  # noqa: F401  their consumers register themselves
