"""What customers and integrators see of a sale, and do there."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.test import Client

from exchange.accounts import restrictions
from exchange.core import clock
from launchpad.sales import draw, sweep
from launchpad.sales.web.forms import CommitForm
from tests import factories
from tests.factories import integrators
from tests.factories import sales as s

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale():
    return s.opened()


def logged_in(who) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def done(sale):
    s.closed(sale)
    with clock.held_at(sale.distributes_at):
        sweep.go_on(sale.pk)
    sale.refresh_from_db()
    return sale


def test_the_calendar_shows_what_runs_and_what_comes_to_anybody(sale):
    coming = s.announced(name="Later token")
    draft = s.drafted(name="Secret token")

    page = Client().get("/launchpad").content.decode()

    assert "New token" in page
    assert "Later token" in page
    assert draft.name not in page
    assert Client().get(f"/launchpad/sales/{draft.pk}").status_code == 404
    assert Client().get(f"/launchpad/sales/{coming.pk}").status_code == 200


def test_a_stranger_reads_the_rules_and_is_asked_to_log_in(sale):
    page = Client().get(f"/launchpad/sales/{sale.pk}").content.decode()

    assert s.RISKS in page
    assert sale.seed_hash in page
    assert "Log in to see your tier" in page


def test_a_customer_sees_the_tier_and_why(sale):
    who = s.buyer("100", sale=sale, bmx="612.5")

    page = logged_in(who).get(f"/launchpad/sales/{sale.pk}").content.decode()

    assert "Your tier is <strong>holders</strong>: you held 612.5 BMX on average." in page
    assert "You may commit up to 10,000 USDT." in page


def test_nothing_is_set_aside_before_everything_was_shown_once_more(sale):
    who = s.buyer("100")
    client, url = logged_in(who), f"/launchpad/sales/{sale.pk}/commit"

    asked = client.post(url, {"amount": "60"})
    assert "Set aside 60 USDT" in asked.content.decode()
    assert "240 NEW" in asked.content.decode()
    assert factories.held(who, "USDT") == 0
    unread = client.post(url, {"amount": "60", "confirm": "1"})
    assert unread.status_code == 422
    assert factories.held(who, "USDT") == 0

    went = client.post(url, {"amount": "60", "confirm": "1", "risks": "on"}, follow=True)

    assert "60 USDT are set aside for this sale. Nothing is paid yet." in went.content.decode()
    assert factories.held(who, "USDT") == D(60)


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("0.5", "At least 1 USDT."),
        ("1001", "Your tier may commit at most 1000 USDT."),
        ("1e3", "plain positive number"),
        ("-5", "plain positive number"),
    ],
)
def test_an_amount_that_can_not_be_is_refused_beside_the_field(sale, amount, says):
    who = s.buyer("100")

    answer = logged_in(who).post(f"/launchpad/sales/{sale.pk}/commit", {"amount": amount})

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert factories.held(who, "USDT") == 0


def test_tickets_are_named_as_tickets():
    sale = s.opened(mode="tickets")
    who = s.buyer("100")

    asked = logged_in(who).post(f"/launchpad/sales/{sale.pk}/commit", {"amount": "3"})

    assert "Set aside 30 USDT" in asked.content.decode()


def test_in_a_queue_everybody_sees_what_their_place_would_bring_now():
    sale = s.opened(mode="first_come")
    s.commits(s.buyer("1000"), sale, "200.1")
    who = s.buyer("100")
    s.commits(who, sale, "100")

    page = logged_in(who).get(f"/launchpad/sales/{sale.pk}").content.decode()

    assert "200 NEW" in page  # 800 of 1,000 are taken by the place before


def test_money_is_taken_back_on_a_page_of_its_own(sale):
    who = s.buyer("100")
    s.commits(who, sale, "60")
    client, url = logged_in(who), f"/launchpad/sales/{sale.pk}/take-back"

    assert "60 USDT" in client.get(url).content.decode()
    assert factories.held(who, "USDT") == D(60)
    too_little = client.post(url, {"amount": "0.5"})
    assert (too_little.status_code, factories.held(who, "USDT")) == (422, D(60))
    client.post(url, {"amount": "20"})
    assert factories.held(who, "USDT") == D(20)
    client.post(url, {"amount": ""})
    assert factories.held(who, "USDT") == 0
    assert client.get(url).url == f"/launchpad/sales/{sale.pk}"


def test_in_a_queue_one_adds_in_place_and_sees_what_each_place_would_bring():
    sale = s.opened(mode="first_come")
    who, other = s.buyer("300"), s.buyer("300")
    s.commits(who, sale, "100")
    s.commits(other, sale, "100")
    client, url = logged_in(who), f"/launchpad/sales/{sale.pk}"

    assert "What you have keeps its place" in client.get(url).content.decode()
    refused = client.post(f"{url}/commit", {"amount": "100.1"})
    assert (refused.status_code, "at least 100.25" in refused.content.decode()) == (422, True)
    client.post(f"{url}/commit", {"amount": "200", "confirm": "1", "risks": "on"})

    page = client.get(url).content.decode()
    assert factories.held(who, "USDT") == D(200)
    assert '<td class="num">3</td><td class="num">100</td><td class="num">200</td>' in page


def test_whoever_was_left_out_reads_why_and_that_nothing_was_paid(sale):
    who = s.buyer("100")
    s.commits(who, sale, "60")
    restrictions.restrict(
        customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="a list"
    )
    sale = done(sale)

    page = logged_in(who).get(f"/launchpad/sales/{sale.pk}").content.decode()

    assert "The account did not fulfil the conditions of the sale when it closed." in page
    assert "nothing was paid" in page
    assert "1 commitment of together 60 USDT could not take part" in page
    neutral = integrators.integrator(who).get("/launchpad/v1/sales/mine", sale_id=sale.pk).data
    assert (neutral["left_out"], neutral["refunded"]) == ("account", "60")


def test_what_comes_next_is_said_with_its_moment_and_time_zone(sale):
    page = Client().get(f"/launchpad/sales/{sale.pk}").content.decode()
    live = Client().get(f"/launchpad/sales/{sale.pk}/figures.json").json()

    assert live["until"].startswith("Closes in ")
    assert f"on {sale.closes_at:%Y-%m-%d %H:%M} UTC" in live["until"]
    assert live["until"].replace("\xa0", "&nbsp;") in page or live["until"] in page


def test_each_kind_of_refusal_has_a_number_of_its_own(sale):
    who = s.buyer("100")
    me = integrators.integrator(who)
    base, body = "/launchpad/v1/sales", {"sale_id": sale.pk, "accept_risks": "yes"}

    def code(path: str, **more) -> tuple[int, int]:
        answer = me.post(f"{base}/{path}", {**body, **more})
        return answer.status, answer.code

    assert code("commit", amount="0.5") == (400, 54104)
    assert code("commit", amount="1001") == (400, 54105)
    assert code("commit", amount="500") == (400, 50020)
    assert code("withdraw") == (400, 54101)
    assert code("claim") == (400, 54101)
    assert code("commit", amount="60") == (200, 1000)
    assert code("commit", amount="50") == (400, 54108)
    assert code("claim") == (400, 54113)
    restrictions.restrict(
        customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="a list"
    )
    assert code("commit", amount="70") == (403, 53000)
    assert me.get(f"{base}/detail", sale_id=99999).code == 54001


def test_after_the_sale_everybody_sees_their_result_with_its_proof(sale):
    who = s.buyer("1000")
    s.commits(who, sale, "100.1")
    done(sale)

    page = logged_in(who).get(f"/launchpad/sales/{sale.pk}").content.decode()
    inputs = Client().get(f"/launchpad/sales/{sale.pk}/inputs.csv").content
    results = Client().get(f"/launchpad/sales/{sale.pk}/results.csv").content

    mine = sale.subscriptions.get()
    assert "400 NEW" in page
    assert mine.code in page
    assert f"{sale.pk}:{who.pk}:{mine.salt}" in page
    assert draw.digest(inputs) == sale.inputs_digest
    assert draw.digest(results) == sale.result_digest
    assert mine.code in results.decode()
    assert Client().get("/launchpad/draw.py").content.startswith(b'"""Who gets how much')


def test_files_are_not_there_before_they_may_be(sale):
    assert Client().get(f"/launchpad/sales/{sale.pk}/inputs.csv").status_code == 404
    assert Client().get(f"/launchpad/sales/{sale.pk}/results.csv").status_code == 404


def test_what_is_due_is_claimed_by_a_button():
    sale = s.opened(first_ppm=0, periods=1, period_days=1)
    who = s.buyer("100")
    s.commits(who, sale, "100")
    done(sale)
    client = logged_in(who)
    assert "Claim" not in client.get(f"/launchpad/sales/{sale.pk}").content.decode()
    sale.releases.filter(number=1).update(due_at=clock.now())

    assert "Claim 400 NEW" in client.get(f"/launchpad/sales/{sale.pk}").content.decode()
    client.post(f"/launchpad/sales/{sale.pk}/claim")

    assert factories.available(who, "NEW") == D(400)


def test_live_figures_say_in_words_what_the_bar_shows(sale):
    for _ in range(2):
        s.commits(s.buyer("1000", sale=sale, bmx="600"), sale, "400")

    told = Client().get(f"/launchpad/sales/{sale.pk}/figures.json").json()

    assert (told["subscribers"], told["committed"], told["percent"]) == (2, "800", 100)
    assert told["says"] == (
        "2 customers have committed 800 of 250 USDT: 3.20 times what is offered"
    )


def test_integrators_take_part_by_signed_calls(sale):
    who = s.buyer("100")
    me = integrators.integrator(who)
    base, body = "/launchpad/v1/sales", {"sale_id": sale.pk}

    unread = me.post(f"{base}/commit", {**body, "amount": "60"})
    assert unread.status == 400
    made = me.post(f"{base}/commit", {**body, "amount": "60", "accept_risks": "yes"})
    assert (made.data["committed"], made.data["tier"]) == ("60", "everybody")
    assert factories.held(who, "USDT") == D(60)
    left = me.post(f"{base}/withdraw", {**body, "left": "20"})
    assert left.data["committed"] == "20"
    assert me.get(f"{base}/mine", **body).data["place"] == 1
    refused = me.post(f"{base}/claim", body)
    assert refused.status == 400
    assert me.get(f"{base}/figures", **body).data["subscribers"] == 1


def test_anybody_reads_the_calendar_and_the_draws_inputs(sale):
    s.commits(s.buyer("100"), sale, "60")
    done(sale)
    anybody = integrators.Integrator()

    (listed,) = anybody.get("/launchpad/v1/sales").data["sales"]
    told = anybody.get("/launchpad/v1/sales/allocation", sale_id=sale.pk).data
    more = anybody.get("/launchpad/v1/sales/detail", sale_id=sale.pk).data

    assert (listed["sale_id"], listed["price"]) == (sale.pk, "0.25")
    assert (told["seed"], told["allocated"]) == (sale.seed, "240")
    assert told["inputs"] == f"/launchpad/sales/{sale.pk}/inputs.csv"
    assert [tier["name"] for tier in more["tiers"]] == ["everybody", "holders"]
    assert anybody.get("/launchpad/v1/sales/detail", sale_id=99999).status == 400


@pytest.mark.parametrize(
    ("written", "understood"),
    [("60,5", None), ("1,250", None), ("1,250.5", "1250.5"), ("1,000,000", "1000000")],
)
def test_a_comma_is_never_guessed_at(sale, written, understood):
    form = CommitForm(sale, {"amount": written})

    assert form.is_valid() is (understood is not None)
    if understood:
        assert form.cleaned_data["amount"] == D(understood)
