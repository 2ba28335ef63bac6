"""The pages that protect an account (authenticator, codes, keys), and the streams' login."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from exchange.accounts import api_keys, second_factor, stream_tokens, sub_accounts
from exchange.accounts.models import ApiKey, Authenticator, Customer, RecoveryCode
from tests.factories import SYSTEM, customer, user
from tests.factories.accounts import acting, authenticator, phone_shows

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(alice: Customer) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


@pytest.fixture
def page_with_phone(page: Client, alice: Customer) -> Client:
    authenticator(alice.user)
    return page


PAGES = [
    "security",
    "devices",
    "authenticator",
    "security-password",
    "anti-phishing",
    "api-keys",
    "recovery-codes",
    "authenticator-off",
    "api-key-new",
    "authenticator-confirm",
]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_asks_for_a_login(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse('login')}?next={reverse(name)}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_inline_scripts_or_styles(page_with_phone, name):
    answer = page_with_phone.get(reverse(name), follow=True)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\b(?:src|nonce|type=\"application/json)\b)", body)
    assert not re.search(r"\sstyle=|\son[a-z]+=", body)


def test_setting_up_the_app_shows_a_picture_a_key_and_then_the_codes_once(page, alice):
    page.post(reverse("authenticator"))
    shown = page.get(reverse("authenticator-confirm")).content.decode()
    assert 'src="data:image/svg+xml' in shown
    typed = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', shown)
    assert typed
    secret = base64.b32decode(typed[1].replace(" ", ""))

    wrong = page.post(reverse("authenticator-confirm"), {"code": "000000"})
    assert not second_factor.is_on(user_id=alice.user_id)
    assert b"This code is wrong" in wrong.content
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        done = page.post(reverse("authenticator-confirm"), {"code": phone_shows(secret)})

    codes = re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", done.content.decode())
    assert len(codes) == 10
    assert "data:text/plain" in done.content.decode()
    later = page.get(reverse("recovery-codes")).content.decode()
    assert not any(code in later for code in codes)
    assert RecoveryCode.objects.count() == 10
    assert page.get(reverse("security")).status_code == 200  # the session went along


def test_new_recovery_codes_through_the_page(page_with_phone, alice):
    without = page_with_phone.post(reverse("recovery-codes"), {"code": ""})
    assert RecoveryCode.objects.count() == 0
    assert without.status_code == 200
    page_with_phone.post(reverse("recovery-codes"), {"code": phone_shows()})
    assert RecoveryCode.objects.count() == 10


def test_turning_the_app_off_takes_a_code(page_with_phone):
    page_with_phone.post(reverse("authenticator-off"), {"code": "000000"})
    assert Authenticator.objects.count() == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        page_with_phone.post(reverse("authenticator-off"), {"code": phone_shows()})
    assert Authenticator.objects.count() == 0


def test_an_anti_phishing_code_is_set_and_removed(page, alice):
    page.post(reverse("anti-phishing"), {"code": "blue-owl"})
    assert Customer.objects.get(pk=alice.pk).anti_phishing_code == "blue-owl"
    assert b"blue-owl" in page.get(reverse("security")).content
    page.post(reverse("anti-phishing"), {"code": ""})
    assert Customer.objects.get(pk=alice.pk).anti_phishing_code == ""


def key_form(holder: Customer, **fields: Any) -> dict[str, Any]:
    return {
        "account": holder.pk,
        "label": "bot <at> home",
        "can_trade": "on",
        "lifetime": "90",
        "code": phone_shows(),
        **fields,
    }


def test_a_key_is_shown_once(page_with_phone, alice):
    answer = page_with_phone.post(reverse("api-key-new"), key_form(alice))

    body = html.unescape(answer.content.decode())
    secret = re.search(r'id="api-secret">([0-9a-f]{64})<', body)
    assert secret
    key = ApiKey.objects.get()
    found = api_keys.credentials(key.key)
    assert found is not None
    assert found.secret == secret[1]
    assert found.can_trade
    assert not found.can_withdraw
    assert key.expires_at is not None
    listing = page_with_phone.get(reverse("api-keys")).content.decode()
    assert secret[1] not in listing
    assert key.key not in listing
    assert key.key[:8] in listing
    assert "bot &lt;at&gt; home" in listing


def test_a_refused_key_says_at_which_field(page_with_phone, alice):
    answer = page_with_phone.post(
        reverse("api-key-new"), key_form(alice, can_withdraw="on", allowed_ips="")
    )
    assert b"must name the addresses" in answer.content
    assert ApiKey.objects.count() == 0


def test_a_key_of_a_sub_account_is_made_and_of_a_stranger_is_not(page_with_phone, alice):
    sub = sub_accounts.create(parent_id=alice.pk, name="bots", actor=acting(alice))
    page_with_phone.post(reverse("api-key-new"), key_form(customer()))
    assert ApiKey.objects.count() == 0
    page_with_phone.post(reverse("api-key-new"), key_form(sub))
    assert ApiKey.objects.get().customer == sub


def test_without_a_phone_the_page_says_what_comes_first(page, alice):
    assert b"First set up an authenticator app" in page.get(reverse("api-keys")).content
    page.post(reverse("api-key-new"), key_form(alice))
    assert ApiKey.objects.count() == 0


def test_revoking_is_asked_about_first_and_not_for_strangers(page_with_phone, alice):
    own = made(alice)
    others = made(customer())
    assert page_with_phone.get(reverse("api-key-revoke", args=[own.key_id])).status_code == 200
    assert api_keys.credentials(own.key) is not None
    stranger = page_with_phone.post(reverse("api-key-revoke", args=[others.key_id]))
    assert stranger.status_code == 404
    assert api_keys.credentials(others.key) is not None

    page_with_phone.post(reverse("api-key-revoke", args=[own.key_id]))
    assert api_keys.credentials(own.key) is None


def test_staff_without_an_account_are_not_shown_customer_pages(client):
    client.force_login(user(is_staff=True))
    assert client.get(reverse("api-keys")).headers["Location"] == reverse("security")
    assert client.get(reverse("security")).status_code == 200


# The streams' login


def made(holder: Customer, **fields: Any) -> api_keys.NewKey:
    return api_keys.create(customer_id=holder.pk, label="bot", actor=SYSTEM, **fields)


def ask(args: list[Any], **more: Any) -> tuple[int, dict[str, Any]]:
    answer = Client(enforce_csrf_checks=True).post(
        "/system/stream-login",
        json.dumps({"args": args, **more}),
        content_type="application/json",
    )
    return answer.status_code, answer.json()


def signed(new: api_keys.NewKey, *, ms: int | None = None, memo: str = "") -> list[str]:
    stamp = str(ms if ms is not None else int(time.time() * 1000))
    message = f"{stamp}#{memo or new.memo}#bitmart.WebSocket"
    sign = hmac.new(new.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return [new.key, stamp, sign]


def test_a_signed_stream_login_says_whose_stream_it_is(alice):
    status, answer = ask(signed(made(alice)))

    assert (status, answer["code"], answer["message"]) == (200, 1000, "OK")
    assert answer["data"]["customer_id"] == alice.pk
    assert 3500 < answer["data"]["expires_ms"] / 1000 - time.time() <= 3600


def test_a_stream_ends_when_its_key_expires(alice):
    soon = datetime.now(UTC) + timedelta(minutes=5)
    _, answer = ask(signed(made(alice, expires_at=soon)))
    assert abs(answer["data"]["expires_ms"] - soon.timestamp() * 1000) < 2


def refusals(alice: Customer) -> dict[int, list[Any]]:
    new, revoked, frozen = made(alice), made(alice), made(alice)
    api_keys.revoke(key_id=revoked.key_id, actor=SYSTEM)
    api_keys.freeze(key_id=frozen.key_id, actor=SYSTEM, reason="x")
    now = int(time.time() * 1000)
    return {
        30001: ["", "1", "x"],
        30002: signed(revoked),
        30003: signed(frozen),
        30004: [new.key, str(now)],
        30006: [new.key, "", "x"],
        30008: [new.key, "yesterday", "x"],
        30007: signed(new, ms=now - 61_000),
        30005: signed(new, memo="another"),
    }


def test_each_wrong_stream_login_is_refused_in_its_own_words(alice):
    for code, args in refusals(alice).items():
        status, answer = ask(args)
        assert (status, answer["code"], answer["data"]) == (401, code, {}), code


def test_a_key_bound_to_addresses_streams_only_from_there(alice):
    new = made(alice, allowed_ips=["203.0.113.0/24"])
    assert ask(signed(new), ip="203.0.113.7")[1]["code"] == 1000
    assert ask(signed(new), ip="::ffff:203.0.113.7")[1]["code"] == 1000
    assert ask(signed(new), ip="198.51.100.7")[1]["code"] == 30010
    assert ask(signed(new))[1]["code"] == 30010
    assert ask(signed(new), ip="nowhere")[1]["code"] == 50000


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"args": 1}', '{"args": []}', "null", '"x"'])
def test_nonsense_is_refused_with_an_envelope(client, body):
    answer = client.post("/system/stream-login", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in (30018, 50000)


def test_the_pages_token_opens_the_stream_for_ten_minutes(page, alice):
    token = page.post("/orders/stream-token").json()["token"]
    assert ask(["token", token])[1]["data"]["customer_id"] == alice.pk

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert ask(["token", token])[1]["code"] == 30005


@pytest.mark.parametrize("forge", [lambda t: t[:-1], lambda t: "1" + t, lambda t: ""])
def test_a_forged_token_is_refused(alice, forge):
    status, answer = ask(["token", forge(stream_tokens.issue(alice.pk))])
    assert (status, answer["code"]) == (401, 30005)


def test_there_is_no_token_for_strangers(client):
    assert client.post("/orders/stream-token").status_code == 401
