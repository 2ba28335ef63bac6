"""What customers are told about the states of a deposit: in a word, and in a sentence."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from wallets.deposits.models import Deposit

State = Deposit.State


class Words(NamedTuple):
    """`tone` colours the badge: good, bad, warn, info or none."""

    word: Any
    tone: str
    sentence: Any


WORDS: dict[str, Words] = {
    State.SEEN: Words(
        _("Seen"), "info", _("The network has heard of it; it waits for its first block.")
    ),
    State.CONFIRMING: Words(
        _("Confirming"), "info", _("Each new block makes it safer. Nothing for you to do.")
    ),
    State.CHECKED: Words(
        _("Being credited"), "info", _("Confirmed. It will be in your balance in a moment.")
    ),
    State.CREDITED: Words(_("Credited"), "good", _("It is in your balance.")),
    State.HELD: Words(
        _("Under review"),
        "warn",
        _("Our team looks at it before it is credited. We write to you if we need anything."),
    ),
    State.BELOW_MINIMUM: Words(
        _("Below the minimum"),
        "warn",
        _(
            "Too small to be credited alone. It is kept, and credited together with the next ones"
            " to the same address as soon as they reach the minimum."
        ),
    ),
    State.UNKNOWN_ASSET: Words(_("Unknown coin"), "warn", _("We do not list this coin.")),
    State.NO_OWNER: Words(
        _("Without memo"), "warn", _("It came without the memo that says whose it is.")
    ),
    State.REFUSED: Words(
        _("Not accepted"), "bad", _("We can't accept it. It will be returned; support knows more.")
    ),
    State.RETURNED: Words(_("Returned"), "", _("It was sent back.")),
    State.IGNORED: Words(_("Not credited"), "", _("It was too small to be credited.")),
    State.ORPHANED: Words(
        _("Taken back by the network"),
        "warn",
        _("The network replaced the block it was in. Mostly it comes again by itself."),
    ),
}


def of(state: str) -> Words:
    return WORDS[state]


def for_scripts() -> dict[str, dict[str, str]]:
    """The same, as the page's script gets it."""
    return {
        str(state): {"word": str(w.word), "tone": w.tone, "sentence": str(w.sentence)}
        for state, w in WORDS.items()
    }
