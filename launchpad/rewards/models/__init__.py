"""What rewards keep: tiers, people, campaigns and who gets what."""

from launchpad.rewards.models.campaigns import (
    Campaign,
    Participation,
    RecipientFile,
    RecipientLine,
    Reward,
    RewardCheck,
    RingMember,
)
from launchpad.rewards.models.people import PersonGroup, PersonLink
from launchpad.rewards.models.taking_part import Commission, LessonTry, Referral, ReferralCode
from launchpad.rewards.models.vip import BmxDiscount, VipChange, VipStanding, VipTable
from launchpad.rewards.models.volume import TradedDay, VolumePlace

__all__ = [
    "BmxDiscount",
    "Campaign",
    "Commission",
    "LessonTry",
    "Participation",
    "PersonGroup",
    "PersonLink",
    "RecipientFile",
    "RecipientLine",
    "Referral",
    "ReferralCode",
    "Reward",
    "RewardCheck",
    "RingMember",
    "TradedDay",
    "VipChange",
    "VipStanding",
    "VipTable",
    "VolumePlace",
]
