"""What FinCEN asks of a suspicious activity report beyond its schema."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from compliance.reporting.fincen import parties as code
from compliance.reporting.fincen import party_rules as rules
from compliance.reporting.fincen.read import children, text
from compliance.reporting.fincen.sar import type_of
from compliance.reporting.problems import Found

# Least and most of each party of one report. 18 and 19: law enforcement that was told.
PARTIES = {
    "35": (1, 1, "transmitter"),
    "37": (1, 1, "transmitter contact"),
    "30": (1, 1, "filing institution"),
    "8": (1, 1, "contact for assistance"),
    "33": (1, 999, "subject"),
    "34": (1, 99, "where it happened"),
    "46": (0, 99, "branch"),
    "18": (0, 99, "law enforcement agency"),
    "19": (0, 99, "person at law enforcement"),
}
BLOCK = 4000


def amount_of(activity: Element) -> Decimal:
    """What the root's total counts; 0 for an amount that is none."""
    found = children(activity, "SuspiciousActivity")
    return (
        rules.dollars(text(found[0], "TotalSuspiciousAmountText")) or Decimal(0)
        if found
        else Decimal(0)
    )


def check(activity: Element, where: str, found: Found) -> None:
    """Add what is wrong with one report."""
    filed = rules.filing_day(activity, where, found)
    parties = children(activity, "Party")
    rules.count_codes(parties, where, PARTIES, found)
    for number, party in enumerate(parties, start=1):
        _party(party, f"{where}/Party[{number}]", filed, found)
    _association(activity, where, found)
    for part in children(activity, "SuspiciousActivity"):
        _suspicious(part, activity, f"{where}/SuspiciousActivity", filed, found)
    _online(activity, where, filed, found)
    _narrative(activity, where, found)


def _party(party: Element, where: str, filed: date, found: Found) -> None:
    kind = text(party, "ActivityPartyTypeCode")
    if kind == code.TRANSMITTER:
        rules.check_transmitter(party, where, found)
    elif kind in (code.FILER, code.LOCATION):
        rules.check_institution(party, where, found)
    elif kind == code.SUBJECT:
        _subject(party, where, filed, found)
    elif kind in (code.TRANSMITTER_CONTACT, code.CONTACT):
        rules.check_full_name(party, where, found)
        rules.check_phone(party, where, found, needed=kind == code.CONTACT)


def _subject(party: Element, where: str, filed: date, found: Found) -> None:
    if text(party, "AllCriticalSubjectInformationUnavailableIndicator"):
        found.need(
            not children(party, "PartyName") and not children(party, "Address"),
            where,
            "contradiction",
            _("Nothing is known of the subject, and yet something is given."),
        )
        return
    rules.check_person(party, where, filed, found)
    for association in children(party, "PartyAccountAssociation"):
        at = f"{where}/PartyAccountAssociation"
        found.need(
            text(association, "PartyAccountAssociationTypeCode") == code.AFFECTED,
            at,
            "account",
            _("The account has to be of type 7 (affected)."),
        )
        for holder in children(association, "Party"):
            found.need(
                text(holder, "ActivityPartyTypeCode") == code.ACCOUNT_HELD_AT,
                f"{at}/Party",
                "account",
                _("Accounts are held at party 41."),
            )
            for account in children(holder, "Account"):
                found.need(
                    text(account, "AccountNumberText"),
                    f"{at}/Party/Account",
                    "account",
                    _("The account's number is missing."),
                )


def _association(activity: Element, where: str, found: Found) -> None:
    """First, corrected or continued; what is not first names the report before it."""
    at = f"{where}/ActivityAssociation"
    for part in children(activity, "ActivityAssociation"):
        initial = bool(text(part, "InitialReportIndicator"))
        later = bool(
            text(part, "CorrectsAmendsPriorReportIndicator")
            or text(part, "ContinuingActivityReportIndicator")
        )
        found.need(
            initial != later,
            at,
            "filing_type",
            _("It is either a first report, or one that corrects or continues another."),
        )
        prior = text(activity, "EFilingPriorDocumentNumber")
        found.need(
            bool(prior) == later,
            f"{where}/EFilingPriorDocumentNumber",
            "prior",
            _("A correction or continuation names the prior BSA ID; a first report does not."),
        )
        found.need(
            not prior or re.fullmatch(r"\d{14}", prior),
            f"{where}/EFilingPriorDocumentNumber",
            "prior",
            _("A BSA ID has fourteen digits (fourteen zeros when it is not known)."),
        )


def _suspicious(part: Element, activity: Element, where: str, filed: date, found: Found) -> None:
    began = rules.check_day(part, "SuspiciousActivityFromDateText", where, filed, found)
    ended = rules.check_day(part, "SuspiciousActivityToDateText", where, filed, found)
    found.need(
        not (began and ended) or began <= ended, where, "dates", _("It ended before it began.")
    )
    given = {
        name: bool(text(part, name))
        for name in (
            "TotalSuspiciousAmountText",
            "AmountUnknownIndicator",
            "NoAmountInvolvedIndicator",
        )
    }
    found.need(
        sum(given.values()) == 1,
        where,
        "amount",
        _("Exactly one is needed: the amount, that it is unknown, or that none is involved."),
    )
    amounts = {}
    for name in ("TotalSuspiciousAmountText", "CumulativeTotalViolationAmountText"):
        if value := text(part, name):
            amounts[name] = rules.dollars(value)
            found.need(
                amounts[name] is not None,
                f"{where}/{name}",
                "amount",
                _("An amount is whole dollars, digits only: %s is not.") % value,
            )
    total, cumulative = (
        amounts.get(f"{each}AmountText") for each in ("TotalSuspicious", "CumulativeTotalViolation")
    )
    found.need(
        total is None or cumulative is None or cumulative >= total,
        where,
        "amount",
        _("All reports together can't be about less than this one."),
    )
    continuing = any(
        text(each, "ContinuingActivityReportIndicator")
        for each in children(activity, "ActivityAssociation")
    )
    found.need(
        not continuing or cumulative is not None or not given["TotalSuspiciousAmountText"],
        where,
        "amount",
        _("A continuing report gives the sum of all reports so far."),
    )
    _kinds(part, where, found)


def _kinds(part: Element, where: str, found: Found) -> None:
    seen: set[str] = set()
    for each in children(part, "SuspiciousActivityClassification"):
        at = f"{where}/SuspiciousActivityClassification"
        subtype, kind = (
            text(each, "SuspiciousActivitySubtypeID"),
            text(each, "SuspiciousActivityTypeID"),
        )
        found.need(subtype not in seen, at, "subtype", _("Kind %s stands twice.") % subtype)
        seen.add(subtype)
        if subtype.isascii() and subtype.isdigit():
            found.need(
                type_of(subtype) == kind,
                at,
                "subtype",
                _("Kind %(subtype)s belongs to type %(right)s, not to %(kind)s.")
                % {"subtype": subtype, "right": type_of(subtype), "kind": kind or "—"},
            )
        found.need(
            bool(text(each, "OtherSuspiciousActivityTypeText")) == subtype.endswith("999"),
            at,
            "subtype",
            _("A kind called “other” needs words, and no other kind has them."),
        )


def _online(activity: Element, where: str, filed: date, found: Found) -> None:
    for each in children(activity, "ActivityIPAddress"):
        rules.check_ip(text(each, "IPAddressText"), f"{where}/ActivityIPAddress", found)
        rules.check_day(
            each, "ActivityIPAddressDateText", f"{where}/ActivityIPAddress", filed, found
        )
    for each in children(activity, "CyberEventIndicators"):
        at = f"{where}/CyberEventIndicators"
        other = text(each, "CyberEventIndicatorsTypeCode") == code.OTHER
        found.need(
            bool(text(each, "CyberEventTypeOtherText")) == other,
            at,
            "cyber",
            _("Event 999 (other) needs words that say what it is, and no other event has them."),
        )
        found.need(text(each, "EventValueText"), at, "cyber", _("The value is missing."))
        rules.check_day(each, "CyberEventDateText", at, filed, found)
    for each in children(activity, "Assets"):
        found.need(
            bool(text(each, "OtherAssetSubtypeText"))
            == (text(each, "AssetSubtypeID") in ("1", "30", "41")),
            f"{where}/Assets",
            "asset",
            _("An asset called “other” needs words (virtual currency), and no other has them."),
        )


def _narrative(activity: Element, where: str, found: Found) -> None:
    parts = children(activity, "ActivityNarrativeInformation")
    at = f"{where}/ActivityNarrativeInformation"
    numbers = [text(each, "ActivityNarrativeSequenceNumber") for each in parts]
    found.need(
        numbers == [str(number + 1) for number in range(len(parts))] and 1 <= len(parts) <= 5,
        at,
        "narrative",
        _("The narrative's blocks are numbered 1 to at most 5, in order."),
    )
    for each in parts:
        words = text(each, "ActivityNarrativeText")
        found.need(words.strip(), at, "narrative", _("A block of the narrative is empty."))
        found.need(
            len(words) <= BLOCK,
            at,
            "narrative",
            _("A block of the narrative has %(n)s characters, and at most 4,000 are taken.")
            % {"n": len(words)},
        )
