"""After a list changes everybody is screened again, and addresses are looked for in the past."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.screening import addresses as room
from compliance.screening import index, rescreen, tasks
from compliance.screening.addresses import Seen
from compliance.screening.block import meet_address
from compliance.screening.models import Blocking, Hit, ListVersion, Rescreen, Screened
from exchange.accounts.models import Customer
from exchange.accounts.restrictions import standing_restrictions
from exchange.core.errors import Conflict
from exchange.core.models import OutboxEvent
from tests import factories
from tests.factories.screening import KORVALIN, TAMARI, addresses, imported, officer

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def customers(*names: str) -> list[int]:
    made = []
    for name in names:
        customer = factories.customer()
        customer.user.name = name
        customer.user.save()
        made.append(customer.pk)
    return made


def finish() -> None:
    for _ in range(100):
        if not rescreen.unfinished():
            return
        rescreen.go_on(seconds=1)
    raise AssertionError("the pass does not end")


def test_a_new_entry_finds_the_customers_that_were_there_before_it(tmp_path):
    first, second, third = customers("Dmitri Korvalin", "Ordinary Person", "Hassan El Tamari")
    imported(tmp_path, TAMARI)
    finish()
    assert set(Hit.objects.values_list("customer_id", flat=True)) == {third}

    version = imported(tmp_path, TAMARI, KORVALIN)
    finish()

    hit = Hit.objects.get(customer_id=first)
    assert hit.entry.uid == "1"
    run = Rescreen.objects.get(version=version)
    assert (run.state, run.done, run.total, run.hits) == (Rescreen.State.DONE, 3, 3, 1)
    assert Screened.objects.get(customer_id=second).through == version


def test_a_delta_compares_with_what_changed_and_not_with_the_rest(tmp_path, monkeypatch):
    customers("Hassan El Tamari")
    imported(tmp_path, TAMARI)
    finish()
    imported(tmp_path, TAMARI, KORVALIN)
    monkeypatch.setattr(index, "current", lambda: pytest.fail("the whole list was used"))

    finish()

    assert Hit.objects.count() == 1


def test_a_pass_that_was_cut_off_goes_on_where_it_stood(tmp_path):
    ids = customers(*(f"Person Number{n}" for n in range(6)), "Dmitri Korvalin")
    imported(tmp_path, KORVALIN)
    run = Rescreen.objects.get()
    for _ in range(2):  # the addresses, then two customers
        rescreen._step(run, 2)
    run.refresh_from_db()
    assert (run.cursor, run.done, run.state) == (ids[1], 2, Rescreen.State.RUNNING)

    finish()

    run.refresh_from_db()
    assert (run.state, run.done, run.hits) == (Rescreen.State.DONE, 7, 1)


def test_a_batch_that_fails_has_moved_nothing(tmp_path, monkeypatch):
    customers("Dmitri Korvalin")
    imported(tmp_path, KORVALIN)
    monkeypatch.setattr(rescreen, "mark_screened", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        rescreen.go_on(seconds=1)

    assert not Hit.objects.exists()
    assert Rescreen.objects.get().done == 0


def test_a_full_pass_is_one_at_a_time(tmp_path):
    customers("Dmitri Korvalin")
    imported(tmp_path, KORVALIN)
    finish()
    rescreen.start_full(actor=officer())

    with pytest.raises(Conflict):
        rescreen.start_full(actor=officer())
    finish()
    assert Rescreen.objects.filter(kind="full").get().state == Rescreen.State.DONE


def test_sub_accounts_are_the_same_people_and_not_screened_again(tmp_path):
    (main,) = customers("Dmitri Korvalin")
    Customer.objects.create(parent_id=main, name="Dmitri Korvalin")
    imported(tmp_path, KORVALIN)
    finish()

    assert Hit.objects.get().customer_id == main


@pytest.fixture
def seen(monkeypatch):
    """What a room above knows of the past."""
    known: list[Seen] = []
    monkeypatch.setattr(room, "_sources", {})
    room.register_source("tests", lambda keys: [each for each in known if each.key in keys])
    return known


def test_a_new_address_finds_who_met_it_before_it_was_listed(tmp_path, seen):
    (customer,) = customers("Ordinary Person")
    seen.append(Seen("0xbad", customer, "deposit:17:1", THEN))
    addresses(tmp_path, ETH="0xBAD\n0xBAD2\n")
    finish()

    hit = Hit.objects.get()
    assert (hit.about, hit.customer_id, hit.subject) == ("address", customer, "deposit:17:1")
    assert Blocking.objects.get().hit == hit
    assert standing_restrictions(customer_id=customer).count() == 2
    assert Rescreen.objects.get().hits == 1

    rescreen.start_full(actor=officer())
    finish()
    assert Hit.objects.count() == 1


def test_a_listed_address_freezes_the_main_account_behind_a_sub_account(tmp_path):
    (main,) = customers("Ordinary Person")
    sub = Customer.objects.create(parent_id=main, name="trading")
    addresses(tmp_path, XBT="1Bad\n")

    hit = meet_address(customer_id=sub.pk, keys=["1Good", "1Bad"], reference="deposit:3:1")

    assert hit is not None
    assert hit.customer_id == main
    assert standing_restrictions(customer_id=main).count() == 2
    event = OutboxEvent.objects.get(topic="screening.hit")
    assert event.payload == {"hit_id": hit.pk, "blocked": True}
    assert meet_address(customer_id=sub.pk, keys=["1Bad"], reference="deposit:3:1") == hit
    assert Blocking.objects.count() == 1


def test_what_a_list_took_back_is_not_listed_any_more(tmp_path):
    addresses(tmp_path, XBT="1Bad\n1Other\n")
    addresses(tmp_path, XBT="1Other\n")

    assert room.listed("1Bad") is None
    assert room.listed("1Other").source == "OFAC addresses"


def test_addresses_are_compared_as_chains_compare_them(tmp_path):
    addresses(tmp_path, ETH="0xAbCd\n", XBT="1CaseMatters\nbc1qLower\n")

    assert room.listed("0xABCD") is not None
    assert room.listed("BC1QLOWER") is not None
    assert room.listed("1casematters") is None


def test_the_first_sweep_imports_the_configured_lists_and_screens_whom_nobody_did(settings):
    (customer,) = customers("Dmitri Korvalin")
    invented = Path(settings.ROOT) / "compliance" / "screening" / "data"
    settings.SCREENING_LISTS = [str(invented / name) for name in ("ofac", "nowhere", "un.xml")]

    tasks.import_lists()  # the one that is missing keeps neither of the others
    finish()
    tasks.sweep()

    assert set(ListVersion.objects.values_list("source", flat=True)) == {"OFAC", "UN"}
    assert Hit.objects.get(customer_id=customer).entry.uid == "90001"
