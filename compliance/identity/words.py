"""The words of this room: what can be shown, asked, declared and found, each with its meaning.

FINTRAC's names are kept as its guidance on methods to verify identity writes them, because its
examiners look for them in our records.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PERSON = "person", _("a person")
    COMPANY = "company", _("a company")


class Level(models.IntegerChoices):
    """Tiers: what we know of somebody decides how much they may do."""

    NONE = 0, _("not verified")
    BASIC = 1, _("basic")
    FULL = 2, _("full")
    ENHANCED = 3, _("enhanced")


class Risk(models.TextChoices):
    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")
    PROHIBITED = "prohibited", _("prohibited")


class Product(models.TextChoices):
    """What somebody may be let use."""

    DEPOSIT = "deposit", _("deposits")
    WITHDRAWAL = "withdrawal", _("withdrawals")
    SPOT = "spot", _("spot trading")
    TRANSFER = "transfer", _("transfers to other customers")
    MARGIN = "margin", _("margin trading")
    PERPETUALS = "perpetuals", _("perpetual contracts")
    EARN = "earn", _("earning")
    SALES = "sales", _("token sales")


class Paper(models.TextChoices):
    """What can be uploaded."""

    PASSPORT = "passport", _("Passport")
    ID_CARD = "id_card", _("Identity card")
    LICENCE = "licence", _("Driving licence")
    PERMIT = "permit", _("Residence permit")
    SELFIE = "selfie", _("Photo of your face")
    ADDRESS = "address", _("Proof of address")
    FUNDS = "funds", _("Where your money comes from")
    INCORPORATION = "incorporation", _("Certificate of incorporation")
    REGISTER = "register", _("Extract from the register")
    OWNERSHIP = "ownership", _("Who owns the company")
    OTHER = "other", _("Something else")


PHOTO_IDS = (Paper.PASSPORT, Paper.ID_CARD, Paper.LICENCE, Paper.PERMIT)
TWO_SIDED = (Paper.ID_CARD, Paper.LICENCE, Paper.PERMIT)


class Method(models.TextChoices):
    """FINTRAC, "Methods to verify the identity of persons and entities"."""

    PHOTO_ID = "photo_id", _("Government-issued photo identification")
    CREDIT_FILE = "credit_file", _("Credit file")
    DUAL_PROCESS = "dual_process", _("Dual-process")
    AFFILIATE = "affiliate", _("Affiliate or member")
    RELIANCE = "reliance", _("Reliance")
    EXISTENCE = "existence", _("Confirmation of existence")
    ENTITY_RELIANCE = "entity_reliance", _("Reliance (entity)")
    SIMPLIFIED = "simplified", _("Simplified identification")


class Office(models.TextChoices):
    NONE = "none", _("no public office")
    FOREIGN = "foreign", _("foreign politically exposed person")
    DOMESTIC = "domestic", _("domestic politically exposed person")
    HIO = "hio", _("head of an international organization")


class Connection(models.TextChoices):
    SELF = "self", _("I hold or held it myself")
    FAMILY = "family", _("somebody of my family")
    ASSOCIATE = "associate", _("a close associate of mine")
