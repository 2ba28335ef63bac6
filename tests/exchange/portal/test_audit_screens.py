"""The audit log on screen: filters, differences, the chain, the export."""

from __future__ import annotations

import csv
import io

import pytest

from exchange.accounts import roles
from exchange.audit.models import AuditEvent
from exchange.audit.record import record
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db

LOG = "/staff/exchange/auditevent/"


def verbs(client, query: str) -> set[str]:
    return {event.verb for event in client.get(LOG + query).context["cl"].result_list}


@pytest.fixture
def event(db) -> AuditEvent:
    return record(
        actor=staff(),
        verb="markets.set_status",
        target_type="market",
        target_id="7",
        reason='=HYPERLINK("http://evil")',
        before={"status": "trading", "rank": 3},
        after={"status": "halted"},
    )


def test_the_log_is_filtered_by_verb_actor_and_target(root, event, world):
    assert verbs(root, "?verb=markets.set_status") == {"markets.set_status"}
    assert verbs(root, f"?actor={event.actor}") == {"markets.set_status"}
    assert verbs(root, "?target_type=market&target_id=7") == {"markets.set_status"}
    assert verbs(root, "?target_type=market&target_id=8") == set()
    assert verbs(root, f"?q=user {event.user_id}") == {"markets.set_status"}
    assert "markets.set_status" in verbs(root, "?since=15m")


def test_an_event_shows_before_and_after_side_by_side(root, event):
    table = root.get(f"{LOG}{event.pk}/change/").context["tables"][0]

    shown = [[str(cell) for cell in row] for row in table.rows]
    assert sorted(row[1:] for row in shown) == [["3", "—"], ["trading", "halted"]]


def test_a_row_leads_to_its_own_history(root, world):
    answer = root.get(f"/staff/exchange/customer/{world['seller'].pk}/history/")

    assert answer.status_code == 302
    events = root.get(answer.url).context["cl"].result_list
    assert {event.verb for event in events} == {"accounts.restrict"}


def test_the_chain_is_shown_above_the_log(root, world):
    assert "events sealed" in root.get(LOG).content.decode()


def test_the_export_holds_what_the_filters_select_and_is_written_down(as_role, event, world):
    auditor = as_role(roles.AUDITOR)

    answer = auditor.get(LOG + "export.csv?verb=markets.set_status")

    lines = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [row["verb"] for row in rows] == ["markets.set_status"]
    assert rows[0]["reason"].startswith("'=")  # a spreadsheet must not run it
    assert rows[0]["before"] == '{"rank": 3, "status": "trading"}'
    assert AuditEvent.objects.get(verb="audit.export").after["filters"] == {
        "verb": "markets.set_status"
    }


def test_the_export_needs_its_own_permission(as_role, event):
    support = as_role(roles.SUPPORT_AGENT)

    assert support.get(LOG).status_code == 200
    assert "export.csv" not in support.get(LOG).content.decode()
    assert support.get(LOG + "export.csv").status_code == 403
    assert not AuditEvent.objects.filter(verb="audit.export").exists()
