"""Three people who wait for a reviewer: one in order, one whose lines disagree, one of high risk.

They come through the same verbs as any customer, with specimen documents drawn here.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from compliance.identity import apply, documents, mrz, submit
from compliance.identity.models import Application
from exchange.accounts.models import Customer, User
from exchange.core import clock
from exchange.core.actors import CUSTOMER, Actor

ORDINARY: dict[str, Any] = {
    "street": "12 Example Road", "occupation": "nurse", "purpose": "invest",
    "source_of_funds": "salary", "declared_yearly": "12000", "id_kind": "passport",
}  # fmt: skip
APPLICANTS: dict[str, dict[str, Any]] = {
    "erin": {
        "given_names": "Erin", "family_name": "Kowalczyk", "birth_date": date(1991, 5, 4),
        "nationality": "PL", "country": "PL", "city": "Gdynia", "id_country": "PL",
        "alpha3": "POL", "number": "ZS0000177", "printed_birth": "910504", "ip": "203.0.113.20",
    },
    "farid": {
        "given_names": "Farid", "family_name": "Haddad", "birth_date": date(1986, 9, 21),
        "nationality": "MA", "country": "ES", "city": "Cadiz", "id_country": "MA",
        "alpha3": "MAR", "number": "KA1234567", "printed_birth": "860912", "ip": "203.0.113.200",
    },
    "gloria": {
        "given_names": "Gloria", "family_name": "Mbeki Okafor", "birth_date": date(1969, 1, 30),
        "nationality": "NG", "country": "PT", "city": "Faro", "id_country": "NG",
        "alpha3": "NGA", "number": "A00000001", "printed_birth": "690130", "ip": "198.51.100.3",
        "occupation": "member of parliament, retired", "office": "foreign",
    },
}  # fmt: skip


def hand_in() -> int:
    """Have them apply, each once. Returns how many applications are new."""
    return sum(_one(name, told) for name, told in APPLICANTS.items())


def _one(name: str, told: dict[str, Any]) -> int:
    email = f"{name}@holdfast.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, None, name=name.capitalize()
    )
    customer, _new = Customer.objects.get_or_create(user=user)
    waiting = Application.objects.filter(customer=customer).exclude(state="draft")
    if waiting.exists():
        return 0
    me = Actor(kind=CUSTOMER, label=email, user_id=user.pk, customer_id=customer.pk, ip=told["ip"])
    row = apply.start(customer_id=customer.pk, kind="person", tier=1, actor=me)
    today = clock.now().date()
    until = today.replace(year=today.year + 4, day=1)
    lines = _lines(told, until)
    values = {**ORDINARY, **{k: v for k, v in told.items() if k in apply.FIELDS}}
    apply.save(
        application_id=row.pk,
        values={**values, "id_number": told["number"], "id_expires_on": until, "mrz": lines},
        actor=me,
    )
    apply.declare(
        application_id=row.pk,
        office=told.get("office", "none"),
        connection="self" if "office" in told else "",
        position="member of parliament until 2019" if "office" in told else "",
        country=told["nationality"] if "office" in told else "",
        actor=me,
    )
    for kind, words in (
        (
            "passport",
            ["SPECIMEN PASSPORT", told["family_name"], told["given_names"], *lines.split()],
        ),
        ("selfie", ["SPECIMEN", "a photo of a face", told["given_names"]]),
    ):
        documents.upload(application_id=row.pk, kind=kind, content=_drawn(words), actor=me)
    submit.submit(application_id=row.pk, confirmed=True, actor=me)
    return 1


def _lines(told: dict[str, Any], until: date) -> str:
    """The two lines of a passport (ICAO 9303-4), with right check digits."""
    digit = mrz.check_digit
    names = f"{told['family_name']}<<{told['given_names']}".upper().replace(" ", "<")
    number, birth, expiry = told["number"], told["printed_birth"], f"{until:%y%m%d}"
    second = f"{number}{digit(number)}{told['alpha3']}{birth}{digit(birth)}X{expiry}{digit(expiry)}"
    optional = "<" * 14 + "0"
    whole = second[:10] + second[13:20] + second[21:28] + optional
    return f"P<{told['alpha3']}{names}".ljust(44, "<")[:44] + f"\n{second}{optional}{digit(whole)}"


def _drawn(words: list[str]) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (1250, 880), "#e9efe6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 1230, 860), outline="#7a8c7a", width=4)
    draw.ellipse((80, 180, 380, 560), fill="#c9d3c4", outline="#7a8c7a", width=3)
    for number, line in enumerate(words):
        mono = len(line) > 40
        font = ImageFont.load_default(26 if mono else 44)
        place = (60, 700 + (number - 3) * 60) if mono else (440, 140 + number * 90)
        draw.text(place, line, fill="#22302a", font=font)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
