"""Customers whose identity was approved, applications in every state, and pictures of documents."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from compliance.identity import apply, approved, documents, mrz, submit
from compliance.identity.models import Application, Identity
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from tests.factories import customer
from tests.factories.accounts import acting, staff

REVIEWER = ("compliance.review_application", "compliance.see_documents")
SENIOR = (*REVIEWER, "compliance.approve_high_risk", "exchange.decide_proposal")
ANNA: dict[str, Any] = {
    "given_names": "Anna Maria",
    "family_name": "Eriksson",
    "birth_date": date(1974, 8, 12),
    "nationality": "SE",
    "country": "DE",
    "street": "Lindenweg 7",
    "city": "Kiel",
    "postal_code": "24103",
    "occupation": "teacher",
    "purpose": "invest",
    "source_of_funds": "salary",
    "declared_yearly": "20000",
    "id_kind": "passport",
    "id_country": "SE",
    "id_number": "L898902C3",
}


def identified(
    holder: Customer, *, tier: int = 2, country: str = "BR", risk: str = "low", **more: Any
) -> Identity:
    """An approved identity, as an approval leaves it."""
    row = Application.objects.create(
        customer=holder,
        tier=tier,
        country=country,
        state=Application.State.APPROVED,
        started_at=clock.now(),
        decided_at=clock.now(),
        **{"given_names": "Anna", "family_name": f"Eriksson {holder.pk}", **more},
    )
    with transaction.atomic():
        return approved.keep_identity(row, risk=risk)


def draft(holder: Customer | None = None, *, tier: int = 1, kind: str = "person") -> Application:
    """Begun, and nothing filled in."""
    holder = holder or customer()
    return apply.start(customer_id=holder.pk, kind=kind, tier=tier, actor=acting(holder))


def filled(holder: Customer | None = None, *, tier: int = 1, **changes: Any) -> Application:
    """Everything is there, and it was not handed in yet."""
    row = draft(holder, tier=tier)
    me = acting(row.customer)
    values = {**ANNA, "id_expires_on": clock.now().date() + timedelta(days=900), **changes}
    apply.save(application_id=row.pk, values=values, actor=me)
    apply.declare(application_id=row.pk, office="none", actor=me)
    for number, kind in enumerate(("passport", "selfie")):
        picture = photo(seed=row.pk * 10 + number)
        documents.upload(application_id=row.pk, kind=kind, content=picture, actor=me)
    row.refresh_from_db()
    return row


def submitted(holder: Customer | None = None, **changes: Any) -> Application:
    """Waits for a reviewer."""
    row = filled(holder, **changes)
    return submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))


def reviewer() -> Actor:
    return staff(*REVIEWER)


def senior() -> Actor:
    return staff(*SENIOR)


def photo(
    *, seed: int = 0, format: str = "JPEG", size: tuple[int, int] = (640, 420), **save: Any
) -> bytes:
    """A picture that is unlike the one of any other seed."""
    from PIL import Image

    image = Image.new("RGB", size, (seed % 256, seed // 256 % 256, 90))
    out = io.BytesIO()
    image.save(out, format, **save)
    return out.getvalue()


def passport_lines(
    *,
    names: str = "ERIKSSON<<ANNA<MARIA",
    country: str = "SWE",
    number: str = "L898902C3",
    birth: str = "740812",
    expiry: str = "320415",
) -> str:
    """The two lines of a passport, with right check digits."""
    digit = mrz.check_digit
    optional = "<" * 14
    second = f"{number}{digit(number)}{country}{birth}{digit(birth)}F{expiry}{digit(expiry)}"
    composite = second[0:10] + second[13:20] + second[21:28] + optional + "0"
    return f"P<{country}{names}".ljust(44, "<") + f"\n{second}{optional}0{digit(composite)}"


def pdf(pages: int = 1) -> bytes:
    """A PDF of so many pages, with a script in it that no reader should run."""
    kids = " ".join(f"{n + 4} 0 R" for n in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 3 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /S /JavaScript /JS (app.alert('hello')) >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return out + f"startxref\n{start}\n%%EOF\n".encode()
