"""What this room registers: kinds of proposals, who settles its payouts, switches, checks, letters,
and that it follows chains."""

from launchpad.earn import (  # noqa: F401
    arrivals,
    check,
    products,
    reward_files,
    settle,
    terms,
    told,
    watching,
)
