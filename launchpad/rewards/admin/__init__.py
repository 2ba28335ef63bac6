"""Staff screens of rewards: campaigns, their recipients, what is held, tiers."""

from launchpad.rewards.admin import campaigns, checks, editor, files, panels, vip  # noqa: F401
