"""What this room registers with the rooms below: consumers, kinds of proposals, who settles."""

from launchpad.rewards import approve, check, pay, referral, told, vip, votable  # noqa: F401
from launchpad.rewards.vip import raised
from wallets.withdrawals import limits

limits.raised_by(raised)
