"""Customers' pages and the wire: votes, the form, receipts, the file, delegation, proposing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from exchange.api.endpoints import ENDPOINTS
from exchange.core import clock
from launchpad.governance import discuss, verify_vote
from launchpad.governance.models import (
    Delegate,
    Delegation,
    ProposalComment,
    Vote,
    VoteProposal,
)
from tests import factories
from tests.exchange.api.test_schema import misfits
from tests.factories.accounts import acting
from tests.factories.integrators import integrator
from tests.factories.launchpad import (
    CLOSES,
    OPENS,
    colours,
    counted,
    holder,
    opened,
    published,
    voted,
)

pytestmark = pytest.mark.django_db


# What a program signs at that moment.
SIGNED = {"timestamp": str(clock.to_ms(OPENS))}


def browser(who) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def now():
    """While people vote."""
    with clock.held_at(OPENS):
        yield


def test_everybody_reads_open_coming_and_past_votes(now):
    holder("10")
    counted(opened(title="A vote that is over"))
    opened(title="A vote that is open")
    published(title="A vote that is coming")
    page = text(Client().get("/vote"))
    assert (
        page.index("A vote that is open")
        < page.index("A vote that is coming")
        < page.index("A vote that is over")
    )


def test_a_customer_votes_by_form_and_gets_a_receipt(now):
    alice = holder("1234.5")
    proposal = opened()
    client = browser(alice)
    assert "Vote with 1,234.5 BMX" in text(client.get(f"/vote/{proposal.pk}"))

    sent = client.post(f"/vote/{proposal.pk}", {"choice": "yes"})
    assert (sent.status_code, sent["Location"]) == (302, f"/vote/{proposal.pk}/receipt")
    vote = Vote.objects.get()
    assert (vote.customer, vote.choices) == (alice, ["yes"])
    assert vote.salt in text(client.get(f"/vote/{proposal.pk}/receipt"))


def test_ranks_work_without_any_script(now):
    alice = holder("10")
    proposal = opened(kind="feature", options=colours())
    client = browser(alice)
    same = client.post(f"/vote/{proposal.pk}", {"rank-red": "1", "rank-green": "1"})
    assert same.status_code == 422
    assert "Two options have the same rank." in text(same)
    client.post(f"/vote/{proposal.pk}", {"rank-red": "2", "rank-green": "", "rank-blue": "1"})
    assert Vote.objects.get().choices == ["blue", "red"]


def test_a_refused_vote_says_why_and_keeps_what_was_chosen(now):
    alice = holder("10")
    proposal = opened(kind="feature", method="approval", options=colours())
    with clock.held_at(CLOSES):
        sent = browser(alice).post(f"/vote/{proposal.pk}", {"choice": ["red", "blue"]})
    assert sent.status_code == 422
    assert "This vote is over." in text(sent)
    assert sent.content.decode().count(" checked") == 2


def test_a_hidden_tally_is_in_no_page_and_no_answer_of_the_wire(now):
    alice = holder("10")
    hidden, open_one = opened(tally="hidden"), opened(tally="shown")
    for proposal in (hidden, open_one):
        voted(proposal, alice, "yes", at=OPENS)
    assert "hidden until the vote is closed" in text(Client().get(f"/vote/{hidden.pk}"))
    assert "So far" not in text(Client().get(f"/vote/{hidden.pk}"))
    assert "So far" in text(Client().get(f"/vote/{open_one.pk}"))
    path = "/launchpad/v1/governance/result"
    assert integrator().get(path, proposal_id=hidden.pk).status == 400
    assert integrator().get(path, proposal_id=open_one.pk).data["took_part"] == "10"


def test_the_published_file_is_what_was_counted(now):
    alice, bob = holder("30"), holder("20")
    proposal = opened()
    voted(proposal, alice, "yes", at=OPENS)
    voted(proposal, bob, "no", at=OPENS)
    assert Client().get(f"/vote/{proposal.pk}/votes.jsonl").status_code == 404
    counted(proposal)

    served = b"".join(Client().get(f"/vote/{proposal.pk}/votes.jsonl")).decode()
    _header, result, root = verify_vote.recount(served.splitlines())
    assert (result, root) == (proposal.result, proposal.root)
    assert proposal.root in text(Client().get(f"/vote/{proposal.pk}"))
    assert b"def tally(" in Client().get("/vote/verify_vote.py").content
    line = next(each for each in served.splitlines() if '"30' in each)
    assert line in browser(alice).get(f"/vote/{proposal.pk}/receipt").context["receipt"].line


def test_a_receipt_is_its_owners_alone(now):
    alice, bob = holder("30"), holder("20")
    proposal = opened()
    voted(proposal, alice, "yes", at=OPENS)
    assert browser(bob).get(f"/vote/{proposal.pk}/receipt").status_code == 302
    assert Client().get(f"/vote/{proposal.pk}/receipt").status_code == 302


def test_what_is_not_published_has_no_page(now):
    proposal = published()
    VoteProposal.objects.filter(pk=proposal.pk).update(state="review")
    assert Client().get(f"/vote/{proposal.pk}").status_code == 404


def test_people_delegate_by_page(now):
    alice, bob = holder("30"), holder("20")
    offered = browser(alice).post(
        "/vote/delegates", {"name": "Anna", "statement": "I read every single proposal."}
    )
    assert offered.status_code == 302
    anna = Delegate.objects.get(name="Anna")
    client = browser(bob)
    client.post("/vote/delegates/choose", {"delegate": anna.pk})
    assert Delegation.objects.get(until=None).customer == bob
    assert "Anna" in text(client.get("/vote"))
    client.post("/vote/delegates/take-back")
    assert not Delegation.objects.filter(until=None).exists()


def test_a_customer_proposes_by_form(now):
    alice = holder("1000")
    factories.market("BTC_USDT")
    client = browser(alice)
    words = {"title": "Lower fees", "text": "Others ask for less than we do.", "value": "0.02"}
    words |= {"parameter": "market.taker_rate", "target": "BTC_USDT"}
    refused = client.post("/vote/propose/parameter", words)
    assert "It must lie between 0 and 0.01." in text(refused)
    assert client.post("/vote/propose/parameter", words | {"value": "0.0015"}).status_code == 302
    assert VoteProposal.objects.get().state == "review"
    features = {"title": "What first?", "text": "Which of these do you want first?"}
    browser(holder("1000")).post(
        "/vote/propose/feature", features | {"choices": "Cards\n\nMargin\nTaxes"}
    )
    made = VoteProposal.objects.get(kind="feature")
    assert [(o.key, o.title) for o in made.options.all()] == [
        ("a", "Cards"),
        ("b", "Margin"),
        ("c", "Taxes"),
    ]


def test_comments_are_shown_as_text(now):
    alice = holder("10")
    proposal = opened()
    sent = browser(alice).post(
        f"/vote/{proposal.pk}/comment", {"text": "<script>alert(1)</script>"}
    )
    assert sent.status_code == 302
    page = Client().get(f"/vote/{proposal.pk}").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    empty = browser(alice).post(f"/vote/{proposal.pk}/comment", {"text": " "})
    assert empty.status_code == 422


def test_integrators_vote_and_read_their_receipt(now):
    alice = holder("30")
    proposal = opened()
    program = integrator(alice)
    sent = program.post(
        "/launchpad/v1/governance/vote", {"proposal_id": proposal.pk, "choices": ["yes"]}, **SIGNED
    )
    assert (sent.code, sent.data["choices"], sent.data["serial"]) == (1000, ["yes"], 1)
    wrong = program.post(
        "/launchpad/v1/governance/vote",
        {"proposal_id": proposal.pk, "choices": ["maybe"]},
        **SIGNED,
    )
    assert wrong.status == 400
    has = program.post("/launchpad/v1/governance/power", {"proposal_id": proposal.pk}, **SIGNED)
    assert (has.data["total"], has.data["delegated"]) == ("30", "0")
    counted(proposal)
    receipt = program.post(
        "/launchpad/v1/governance/receipt", {"proposal_id": proposal.pk}, **SIGNED
    )
    assert receipt.data["power"] == "30"
    assert f'"voter":"{receipt.data["voter"]}"' in receipt.data["line"]
    listed = integrator().get("/launchpad/v1/governance/proposals", state="past")
    assert [(p["proposal_id"], p["outcome"]) for p in listed.data["proposals"]] == [
        (proposal.pk, "passed")
    ]
    detail = integrator().get("/launchpad/v1/governance/proposal", proposal_id=proposal.pk)
    assert (detail.data["root"], detail.data["quorum_power"]) == (proposal.root, "1.5")


def test_integrators_discuss_and_read_what_is_hidden_only_as_hidden(now):
    alice, proposal = holder("30"), opened()
    program, at = integrator(alice), {"proposal_id": proposal.pk}
    path = "/launchpad/v1/governance/comment"
    moderator = factories.officer("launchpad.moderate_comment")
    said = program.post(path, at | {"text": "What does it cost?\nWho pays?"}, **SIGNED)
    again = program.post(
        path, at | {"text": "Nobody.", "answers": said.data["comment_id"]}, **SIGNED
    )
    discuss.hide(comment_id=again.data["comment_id"], code="spam", actor=moderator)
    read = integrator().get("/launchpad/v1/governance/comments", **at).data["comments"]
    assert [(each["text"], each["hidden"], each["answers"]) for each in read] == [
        ("What does it cost?\nWho pays?", "", 0),
        ("", "spam", said.data["comment_id"]),
    ]
    long = program.post(path, at | {"text": "x" * 2001}, **SIGNED)
    assert (long.status, "text" in long.message) == (400, True)
    poor = integrator(holder("0")).post(path, at | {"text": "Hello"}, **SIGNED)
    assert poor.status == 400
    assert len(read) == ProposalComment.objects.count()


def test_integrators_delegate_and_take_it_back(now):
    alice, bob = holder("30"), holder("20")
    Delegate.objects.create(customer=alice, name="Anna", statement="Reads all.", since=OPENS)
    program = integrator(bob)
    path = "/launchpad/v1/governance/delegate"
    anna = integrator().get("/launchpad/v1/governance/delegates").data["delegates"][0]
    made = program.post(path, {"delegate_id": anna["delegate_id"]}, **SIGNED)
    assert (made.code, made.data["name"]) == (1000, "Anna")
    assert program.post(path, {}, **SIGNED).data == {"delegate_id": 0, "name": ""}
    assert not Delegation.objects.filter(until=None).exists()
    assert acting(bob).customer_id == bob.pk


def test_every_answer_of_the_wire_has_its_declared_shape(now):
    alice = holder("30")
    over, proposal = opened(kind="feature", options=colours()), opened(tally="shown")
    voted(over, alice, "red", at=OPENS)
    counted(over)
    anna = Delegate.objects.create(
        customer=holder("5"), name="Anna", statement="Reads all.", since=OPENS
    )
    program = integrator(alice)
    inputs = {
        "vote": {"proposal_id": proposal.pk, "choices": ["yes"]},
        "comment": {"proposal_id": proposal.pk, "text": "I read it."},
        "delegate": {"delegate_id": anna.pk},
    }
    for endpoint in sorted(ENDPOINTS, key=lambda each: not each.path.endswith("vote")):
        if not endpoint.path.startswith("/launchpad/v1/governance/"):
            continue
        for number in (proposal.pk, over.pk):
            name = endpoint.path.rpartition("/")[2]
            body = inputs.get(name, {"proposal_id": number})
            answer = (
                program.get(endpoint.path, **body)
                if endpoint.method == "GET"
                else program.post(endpoint.path, body, **SIGNED)
            )
            assert answer.code == 1000, (endpoint.path, answer.message)
            assert misfits(endpoint.gives, answer.data, endpoint.path) == []
