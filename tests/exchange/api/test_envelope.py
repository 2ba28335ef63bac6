"""Whatever happens under an address of the wire, what comes back is an envelope."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.utils import OperationalError
from django.test import Client

from exchange.api import endpoints, envelope
from exchange.markets import queries
from tests.factories.integrators import Integrator

pytestmark = pytest.mark.django_db

BROWSER = "text/html,application/xhtml+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/spot/v9/nothing",
        "/spot",
        "/spot/",
        "/spot/v1/symbols/",
        "/account/v1/deposit/nowhere",
        "/account/v1/withdraw/nothing",
        "/system/nothing.json",
        "/contract/private/position",
        "/uapi-key/v1/account/info",
        "/newearn/cloud/v1/earn",
        "/spot/%00",
        "/spot/%ff%fe",
        "/spot/" + "v" * 5000,
    ],
)
def test_an_unknown_address_is_a_404_that_clients_can_read(stranger: Integrator, path: str) -> None:
    for accept in ("application/json", BROWSER, "*/*"):
        answer = stranger.answer(stranger.client.get(path, headers={"accept": accept}))
        assert (answer.status, answer.code, answer.message) == (404, 30000, "Not found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace", "post"])
def test_another_method_is_refused(stranger: Integrator, method: str) -> None:
    response = getattr(stranger.client, method)("/system/time")

    answer = stranger.answer(response)
    assert (answer.status, answer.code, answer.message) == (405, 57001, "Method Not Allowed")


def test_a_read_of_an_address_that_wants_a_post_is_refused(bot: Integrator) -> None:
    answer = bot.get("/spot/v2/submit_order")

    assert (answer.status, answer.code) == (405, 57001)


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"],
)
def test_a_body_that_is_not_said_to_be_json_is_refused(bot: Integrator, content_type: str) -> None:
    response = bot.client.post(
        "/spot/v2/submit_order", b"a=b", content_type=content_type, headers=bot.signed(b"a=b")
    )

    answer = bot.answer(response)
    assert (answer.status, answer.code) == (415, 58001)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"{'a': 1}",
        b"\xff\xfe",
        b'{"a": 1}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\x00",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(bot: Integrator, body: bytes) -> None:
    answer = bot.post("/spot/v2/submit_order", body)

    assert (answer.status, answer.code) == (400, 30018)
    assert answer.message == "Request Body requires JSON format"


def test_a_body_over_a_megabyte_is_refused(bot: Integrator) -> None:
    answer = bot.post("/spot/v2/submit_order", b" " * (1024 * 1024 + 1))

    assert (answer.status, answer.code) == (413, 50000)


def test_a_thousand_and_one_query_parameters_are_refused(stranger: Integrator) -> None:
    query = "&".join(f"a{n}=1" for n in range(1001))

    answer = stranger.answer(stranger.client.get(f"/spot/quotation/v3/ticker?{query}"))

    assert (answer.status, answer.code) == (400, 50000)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError("the salary of the CFO is 7"), 500, 59002),
        (OperationalError("connection refused"), 503, 30014),
    ],
)
def test_a_defect_says_nothing_of_itself(
    stranger: Integrator, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: int
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(queries, "tickers", broken)

    answer = stranger.get("/spot/quotation/v3/tickers")

    assert (answer.status, answer.code) == (status, code)
    assert "salary" not in answer.message
    assert "refused" not in answer.message


def test_a_defect_outside_the_view_is_an_envelope_too(
    stranger: Integrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(endpoints.WireView, "initialize_request", broken)

    answer = stranger.get("/system/time")

    assert (answer.status, answer.code) == (500, 59002)


def test_the_trace_is_the_requests_id(stranger: Integrator) -> None:
    first, second = stranger.get("/system/time"), stranger.get("/system/time")

    assert first.trace == first.headers["X-Request-Id"]
    assert first.trace != second.trace
    assert first.headers["Cache-Control"] == "no-store"


def test_success_is_said_as_clients_expect_it(stranger: Integrator) -> None:
    answer = stranger.get("/system/time")

    assert (answer.status, answer.code, answer.message) == (200, 1000, "OK")


def test_a_head_has_no_body(stranger: Integrator) -> None:
    response = stranger.client.head("/system/time")

    assert response.status_code == 200
    assert response.content == b""


def test_no_session_cookie_or_form_work_is_done_for_integrators(stranger: Integrator) -> None:
    response = stranger.client.get("/system/time")

    assert not response.cookies
    assert "Content-Security-Policy" not in response
    assert "Vary" not in response


def test_a_browser_is_shown_a_page_where_pages_live() -> None:
    response = Client().get("/no/such/page", headers={"accept": BROWSER})

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/")
    assert response["X-Request-Id"] in response.content.decode()


def test_a_file_that_is_not_there_is_a_clean_404() -> None:
    response = Client().get("/no/such/path.json", headers={"accept": BROWSER})

    assert (response.status_code, response["Content-Type"]) == (404, envelope.JSON)
    assert response.json()["code"] == 30000


def test_an_error_page_that_fails_falls_back_to_plain_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr("django.template.loader.render_to_string", broken)

    response = Client().get("/no/such/page", headers={"accept": BROWSER})

    assert response.status_code == 404
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Request-Id"] in response.content.decode()
