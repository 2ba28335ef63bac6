"""How identity may be verified, in FINTRAC's terms, and what has to be written down for each.

The names and the records follow FINTRAC's guidance "Methods to verify the identity of persons and
entities": a missing entry is a finding in an examination, so the verb refuses a record without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from compliance.identity.models import Application, Owner, Verification
from compliance.identity.words import PHOTO_IDS, Kind, Method
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound

# What a source of the dual-process method can confirm; two different pairs are needed.
CONFIRMS = ("name_address", "name_birth_date", "name_account")
# A credit file has to exist in Canada for so long, from more than one trade line.
CREDIT_FILE_YEARS = 3


class Needs(NamedTuple):
    """What a method's record has: for whom, which fields, how many sources, of what."""

    kind: str
    fields: tuple[str, ...]
    sources: int = 0
    of_source: tuple[str, ...] = ()


NEEDS: dict[str, Needs] = {
    Method.PHOTO_ID: Needs(
        Kind.PERSON, ("document_type", "number", "issuer", "jurisdiction", "expires_on")
    ),
    Method.CREDIT_FILE: Needs(Kind.PERSON, (), 1, ("name", "number", "since")),
    Method.DUAL_PROCESS: Needs(Kind.PERSON, (), 2, ("name", "kind", "number", "confirms")),
    Method.AFFILIATE: Needs(Kind.PERSON, (), 1, ("name", "method", "verified_on")),
    Method.RELIANCE: Needs(Kind.PERSON, (), 1, ("name", "method", "agreement", "verified_on")),
    Method.EXISTENCE: Needs(Kind.COMPANY, ("document_type", "number", "issuer", "jurisdiction"), 0),
    Method.ENTITY_RELIANCE: Needs(
        Kind.COMPANY, (), 1, ("name", "method", "agreement", "verified_on")
    ),
    Method.SIMPLIFIED: Needs(Kind.COMPANY, (), 1, ("name", "grounds")),
}


class NotRecorded(Invalid):
    """A method's record lacks something. `field` is what, `limit` all that it needs."""

    code = "verification_record"


def verify(
    *,
    application_id: int,
    method: str,
    actor: Actor,
    owner_id: int | None = None,
    verified_on: date | None = None,
    document_type: str = "",
    number: str = "",
    issuer: str = "",
    jurisdiction: str = "",
    expires_on: date | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
) -> Verification:
    """Write down how the person, the company or one of its owners was verified.

    Raises PermissionRefused, NotFound, NotRecorded for what FINTRAC wants and is not there.
    """
    actor.require("compliance.review_application")
    application = Application.objects.filter(pk=application_id).first()
    if application is None:
        raise NotFound(f"There is no application {application_id}.", field="application_id")
    owner = _owner(application, owner_id)
    day = verified_on or clock.now().date()
    given = {
        "document_type": document_type,
        "number": number.strip(),
        "issuer": issuer.strip(),
        "jurisdiction": jurisdiction,
        "expires_on": expires_on,
    }
    kept = _checked(method, (owner or application).kind, given, sources, day)
    with transaction.atomic():
        made = Verification.objects.create(
            application=application,
            owner=owner,
            method=method,
            sources=[_kept(source, application.pk) for source in kept],
            document_type=document_type,
            issuer=issuer.strip(),
            jurisdiction=jurisdiction,
            expires_on=expires_on,
            sealed_number=_sealed(number.strip(), application.pk),
            verified_on=day,
            verified_by=actor.label,
            recorded_at=clock.now(),
        )
        record(
            actor=actor,
            verb="identity.verify",
            target=application,
            after={"method": method, "owner": owner_id, "document_type": document_type},
        )
    return made


def number_of(verification: Verification) -> str:
    """The document's number, unsealed. The caller writes down who looked."""
    sealed = bytes(verification.sealed_number)
    if not sealed:
        return ""
    return vault.unseal(sealed, context=_context(verification.application_id)).decode()


def source_number(verification: Verification, source: Mapping[str, Any]) -> str:
    """A source's account or reference number, unsealed."""
    sealed = source.get("sealed_number", "")
    if not sealed:
        return ""
    return vault.unseal(
        bytes.fromhex(sealed), context=_context(verification.application_id)
    ).decode()


def _owner(application: Application, owner_id: int | None) -> Owner | None:
    if owner_id is None:
        return None
    owner = application.owners.filter(pk=owner_id).first()
    if owner is None:
        raise NotFound(f"There is no owner {owner_id} here.", field="owner_id")
    return owner


def _checked(
    method: str,
    kind: str,
    given: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    day: date,
) -> list[dict[str, Any]]:
    needs = NEEDS.get(method)
    if needs is None:
        raise Invalid(f"There is no method {method}.", field="method", limit=list(NEEDS))
    if needs.kind != kind:
        raise NotRecorded(
            _("This method verifies a %(kind)s.") % {"kind": Kind(needs.kind).label},
            field="method",
            limit=needs.kind,
        )
    if day > clock.now().date():
        raise NotRecorded(_("Nobody was verified in the future."), field="verified_on")
    for name in needs.fields:
        if not given[name] and not (name == "expires_on" and _may_be_endless(given)):
            raise NotRecorded(_("FINTRAC wants this written down."), field=name, limit=needs.fields)
    if given["jurisdiction"] and not jurisdictions.is_known(given["jurisdiction"]):
        raise NotRecorded(_("There is no such country."), field="jurisdiction")
    if method == Method.PHOTO_ID:
        _photo_id(given, day)
    if len(sources) != needs.sources:
        raise NotRecorded(
            _("This method needs %(n)s sources.") % {"n": needs.sources},
            field="sources",
            limit=needs.sources,
        )
    for source in sources:
        for name in needs.of_source:
            if not str(source.get(name, "")).strip():
                raise NotRecorded(
                    _("FINTRAC wants this written down of each source."),
                    field=name,
                    limit=needs.of_source,
                )
    if method == Method.DUAL_PROCESS:
        _two_independent(sources)
    if method == Method.CREDIT_FILE:
        _old_enough(sources[0], day)
    return [dict(source) for source in sources]


def _photo_id(given: Mapping[str, Any], day: date) -> None:
    if given["document_type"] not in PHOTO_IDS:
        raise NotRecorded(
            _("Only a document with a photo, issued by a government."),
            field="document_type",
            limit=[str(p) for p in PHOTO_IDS],
        )
    if given["expires_on"] is not None and given["expires_on"] < day:
        raise NotRecorded(
            _("The document had expired when it was looked at."), field="expires_on", limit=day
        )


def _may_be_endless(given: Mapping[str, Any]) -> bool:
    """Some identity cards of older people never expire; passports and licences always do."""
    return given["document_type"] == "id_card"


def _two_independent(sources: Sequence[Mapping[str, Any]]) -> None:
    """Two sources, neither the person nor ourselves, that confirm different things."""
    names = {" ".join(str(s["name"]).casefold().split()) for s in sources}
    if len(names) != len(sources):
        raise NotRecorded(_("Both come from the same source: two are needed."), field="sources")
    if {"holdfast", "customer", "self"} & names:
        raise NotRecorded(_("A source is neither the person nor ourselves."), field="sources")
    confirmed = {str(s["confirms"]) for s in sources}
    if not confirmed <= set(CONFIRMS):
        raise NotRecorded(_("There is no such confirmation."), field="confirms", limit=CONFIRMS)
    if len(confirmed) != len(sources):
        raise NotRecorded(
            _("Both confirm the same: two different things have to be confirmed."),
            field="confirms",
            limit=CONFIRMS,
        )


def _old_enough(source: Mapping[str, Any], day: date) -> None:
    try:
        since = date.fromisoformat(str(source["since"]))
    except ValueError as error:
        raise NotRecorded(_("Give a day, like 2020-05-31."), field="since") from error
    if (day - since).days < CREDIT_FILE_YEARS * 365:
        raise NotRecorded(
            _("A credit file counts when it is three years old."),
            field="since",
            limit=CREDIT_FILE_YEARS,
        )


def _kept(source: Mapping[str, Any], application_id: int) -> dict[str, Any]:
    """The source as it is stored: its number sealed."""
    kept = {str(k): str(v).strip()[:200] for k, v in source.items() if k != "number"}
    if number := str(source.get("number", "")).strip()[:200]:
        kept["sealed_number"] = _sealed(number, application_id).hex()
    return kept


def _sealed(number: str, application_id: int) -> bytes:
    return vault.seal(number.encode(), context=_context(application_id)) if number else b""


def _context(application_id: int) -> str:
    return f"verification:{application_id}"
