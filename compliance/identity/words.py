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


class Purpose(models.TextChoices):
    """What somebody wants an account for. FINTRAC has us know it."""

    INVEST = "invest", _("To invest or save")
    TRADE = "trade", _("To trade")
    PAY = "pay", _("To pay or send money")
    BUSINESS = "business", _("For a business")
    OTHERS = "others", _("For other people")


class Funds(models.TextChoices):
    """Where the money comes from."""

    SALARY = "salary", _("Wages or a pension")
    BUSINESS = "business", _("A business")
    SAVINGS = "savings", _("Savings")
    INVESTMENTS = "investments", _("Investments or rent")
    SALE = "sale", _("The sale of a house or of other property")
    INHERITANCE = "inheritance", _("An inheritance")
    GIFT = "gift", _("A gift")
    CRYPTO = "crypto", _("Earlier trading of crypto")
    GAMBLING = "gambling", _("Gambling")
    OTHER = "other", _("Something else")


class Refusal(models.TextChoices):
    """Why an application is refused. The letter says the sentence and nothing more."""

    UNREADABLE = "unreadable", _("The documents could not be read, also when sent again.")
    NOT_GENUINE = "not_genuine", _("We could not accept the documents.")
    MISMATCH = "mismatch", _("The documents and your details do not agree.")
    UNDERAGE = "underage", _("You are not old enough where you live.")
    NOT_SERVED = "not_served", _("We can't offer our services where you live.")
    TWICE = "twice", _("You have another account with us.")
    # Says as little as the others: sanctions and suspicion must not be told.
    POLICY = "policy", _("We can't open this account.")


class Ask(models.TextChoices):
    """What a customer is asked for."""

    BLURRED = "blurred", _("The picture is blurred or dark: please take it again.")
    CUT = "cut", _("A part of the document is not in the picture: please show all four corners.")
    EXPIRED = "expired", _("The document has expired: please send one that is valid.")
    BACK = "back", _("Please send the back of the document too.")
    OTHER_NAME = "other_name", _("The name is not the one on the document: please correct it.")
    ADDRESS = "address", _("Please send a newer proof of your address, from the last 3 months.")
    FUNDS = "funds", _("Please show where your money comes from.")
    OWNERS = "owners", _("Please tell us who else owns or steers the company.")
    OTHER = "other", _("We need something else from you:")


class Note(models.TextChoices):
    """What is odd about an application. For staff; none of them decides by itself."""

    IP_ELSEWHERE = "ip_elsewhere", _("applied from another country than they live in")
    IP_BLOCKED = "ip_blocked", _("applied from a country that we don't serve")
    VPN = "vpn", _("applied through a VPN or Tor")
    MRZ_WRONG = "mrz_wrong", _("a check digit of the document's lines is wrong")
    MRZ_MISMATCH = "mrz_mismatch", _("the document's lines say something else than the form")
    DOCUMENT_TWICE = "document_twice", _("another account sent the same picture")
    SAME_PERSON = "same_person", _("another account has the same name and birth date")
    ID_EXPIRED = "id_expired", _("the document has expired")
