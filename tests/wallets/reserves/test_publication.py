"""Publication takes two people, changes nothing afterwards, and gives outsiders all they need."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core.errors import Conflict, PermissionRefused
from tests import factories
from tests.factories.accounts import staff
from tests.factories.signer import RunningSigner, draft
from tests.wallets.reserves.conftest import OPERATOR, STATIC, inclusion, taken
from tests.wallets.reserves.treasury import cosigned, filled
from wallets.chains.models import SeenBlock
from wallets.reserves import archive, ownership, publish, snapshot
from wallets.reserves.models import Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_our_transaction")]


@pytest.fixture
def alice():
    holder = factories.customer()
    factories.fund(holder, "BTC", "1.5")
    factories.fund(holder, "USDT", "20")
    factories.fund(factories.customer(), "BTC", "0.05")
    return holder


def published(kept: Snapshot | None = None) -> Snapshot:
    kept = kept or taken()
    proposal = publish.propose_publication(
        snapshot_id=kept.pk, actor=staff("wallets.publish_snapshot"), reason="quarter's end"
    )
    done = proposals.approve(proposal_id=proposal.pk, actor=staff("exchange.decide_proposal"))
    assert done.state == Proposal.State.EXECUTED, done.outcome
    kept.refresh_from_db()
    return kept


def test_one_person_proposes_and_another_publishes(alice):
    kept = taken()
    proposer = staff("wallets.publish_snapshot", "exchange.decide_proposal")
    proposal = publish.propose_publication(snapshot_id=kept.pk, actor=proposer, reason="due")
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=proposer)
    kept.refresh_from_db()
    assert kept.state == Snapshot.State.READY

    proposals.approve(proposal_id=proposal.pk, actor=staff("exchange.decide_proposal"))

    kept.refresh_from_db()
    assert kept.state == Snapshot.State.PUBLISHED
    assert "0 of 2 assets are covered; not: BTC, USDT" in proposal.summary
    said = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {
        "reserves.request_snapshot",
        "reserves.take_snapshot",
        "reserves.build_snapshot",
        "reserves.publish_snapshot",
    } <= said


def test_proposing_needs_the_permission_and_a_snapshot_that_is_ready(alice):
    kept = taken()
    with pytest.raises(PermissionRefused):
        publish.propose_publication(snapshot_id=kept.pk, actor=staff(), reason="due")
    snapshot.discard(snapshot_id=kept.pk, actor=OPERATOR, reason="a mistake")
    with pytest.raises(Conflict):
        publish.propose_publication(
            snapshot_id=kept.pk, actor=staff("wallets.publish_snapshot"), reason="due"
        )


def test_what_was_approved_is_what_was_proposed(alice):
    kept = taken()
    proposal = publish.propose_publication(
        snapshot_id=kept.pk, actor=staff("wallets.publish_snapshot"), reason="due"
    )
    Snapshot.objects.filter(pk=kept.pk).update(root=b"\1" * 32)

    done = proposals.approve(proposal_id=proposal.pk, actor=staff("exchange.decide_proposal"))

    assert done.state == Proposal.State.FAILED
    assert done.outcome == "Proofs came in since this was proposed: propose it again."


def test_a_published_snapshot_can_not_be_discarded_or_published_again(alice):
    kept = published()
    with pytest.raises(Conflict):
        snapshot.discard(snapshot_id=kept.pk, actor=OPERATOR, reason="regret")
    with pytest.raises(Conflict):
        publish.propose_publication(
            snapshot_id=kept.pk, actor=staff("wallets.publish_snapshot"), reason="again"
        )


# Pages


def browser(holder) -> Client:
    client = Client()
    client.force_login(holder.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_only_published_snapshots_are_shown_to_the_world(client, alice):
    kept = taken()
    assert kept.name not in client.get("/proof-of-reserves").content.decode()
    for path in ("", "/snapshot.json", "/archive.zip"):
        assert client.get(f"/proof-of-reserves/{kept.name}{path}").status_code == 404

    published(kept)

    assert kept.name in client.get("/proof-of-reserves").content.decode()
    page = client.get(f"/proof-of-reserves/{kept.name}").content.decode()
    assert bytes(kept.root).hex() in page
    assert "1.55" in page
    told = client.get(f"/proof-of-reserves/{kept.name}/snapshot.json").json()
    assert told["root"] == bytes(kept.root).hex()
    assert [asset["asset"] for asset in told["assets"]] == ["BTC", "USDT"]


def test_a_customer_downloads_their_own_proof(alice):
    kept = published()
    answer = browser(alice).get(f"/proof-of-reserves/{kept.name}/mine.json")

    assert answer["Content-Disposition"].endswith(
        f'"holdfast-inclusion-{kept.name}-{alice.pk}.json"'
    )
    assert inclusion.check(answer.json(), bytes(kept.root).hex()) == [
        ("BTC", 150_000_000, 155_000_000, 8),
        ("USDT", 2_000_000_000, 2_000_000_000, 8),
    ]


def test_nobody_gets_somebody_elses_proof(client, alice):
    kept = published()
    stranger, sub = factories.customer(), factories.customer(parent=alice)
    where = f"/proof-of-reserves/{kept.name}/mine.json"

    assert client.get(where).status_code == 302  # to the login
    assert browser(stranger).get(f"{where}?account={alice.pk}").status_code == 404
    assert browser(stranger).get(f"{where}?account={sub.pk}").status_code == 404
    assert browser(stranger).get(where).json()["code"] == "not_in_snapshot"
    assert browser(alice).get(f"{where}?account={sub.pk}").json()["code"] == "not_in_snapshot"
    for nonsense in ("0", "x", "1 OR 1=1", "9" * 40):
        assert browser(alice).get(where, {"account": nonsense}).status_code == 404


def test_the_main_account_sees_its_sub_accounts_proofs(alice):
    sub = factories.customer(parent=alice)
    factories.fund(sub, "BTC", "0.2")
    kept = published()

    told = browser(alice).get(f"/proof-of-reserves/{kept.name}/mine.json?account={sub.pk}").json()
    assert told["holder"] == f"{sub.pk} {alice.user.email}"
    assert inclusion.check(told) == [("BTC", 20_000_000, 175_000_000, 8)]


# The archive


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = RunningSigner(tmp_path_factory.mktemp("signer"), draft())
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture
def packed(running, settings, alice, tmp_path):
    """The archive of a published snapshot with hot and cold proofs in it."""
    settings.SIGNER_SOCKET = str(running.socket)
    filled(running)
    kept = taken()
    for number in (2, 3):
        signed = cosigned(number, ownership.to_cosign(kept))
        ownership.hand_in(snapshot_id=kept.pk, document=signed, actor=OPERATOR)
    file = tmp_path / "archive.zip"
    file.write_bytes(b"".join(archive.archive(published(kept))))
    return file


def verdict(file, *more: str) -> tuple[int, str]:
    """What the script says, run as an outsider does."""
    command = [sys.executable, str(STATIC / "verify_archive.py"), str(file), *more]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def changed(file, name: str, change, *, sums: bool = True):
    """The archive with one file changed; its checksums made to fit, as a liar would."""
    members = {}
    with zipfile.ZipFile(file) as packed:
        for member in packed.namelist():
            members[member] = packed.read(member)
    members[name] = change(members[name])
    if sums:
        members["SHA256SUMS"] = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {member}\n"
            for member, data in members.items()
            if member != "SHA256SUMS"
        ).encode()
    made = file.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as packed:
        for member, data in members.items():
            packed.writestr(member, data)
    return made


def edited(change):
    """A change of a JSON document."""

    def apply(data: bytes) -> bytes:
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()

    return apply


def test_an_honest_archive_is_verified_signatures_included(packed):
    root = Snapshot.objects.get().root
    status, said = verdict(packed, "--root", bytes(root).hex())

    assert status == 0, said
    assert "BTC: 1.55 owed, 1.6 proved, 103.22 %" in said
    assert said.count(": signed\n") == 4
    assert said.endswith("VERIFIED: the archive is what it says.\n")
    assert (
        verdict(packed, "--root", "ab" * 32)[1]
        == "NOT VERIFIED: the root is not the published one\n"
    )


BTC = "liabilities/BTC.bin"
TAMPERED = {
    "a leaf left out": (BTC, lambda data: data[48:], "there are"),
    "a leaf twice": (BTC, lambda data: data[:48] + data, "is there twice"),
    "a smaller amount": (
        BTC,
        lambda data: data[:32] + bytes(16) + data[48:],
        "the leaves sum to",
    ),
    "an amount moved": (
        BTC,
        lambda data: data[48:96] + data[:48] + data[96:],
        "come to another root",
    ),
    "a leaf cut off": (BTC, lambda data: data[:-1], "cut off"),
    "a total that is less": (
        "snapshot.json",
        edited(lambda doc: doc["assets"][0].update(liabilities="1")),
        "the leaves sum to",
    ),
    "a negative total": (
        "snapshot.json",
        edited(lambda doc: doc["assets"][0].update(liabilities="-1")),
        "is not a whole number",
    ),
    "an asset left out": (
        "snapshot.json",
        edited(lambda doc: doc["assets"].pop()),
        "the trees are of other assets",
    ),
    "an asset twice": (
        "snapshot.json",
        edited(lambda doc: doc["assets"].append(doc["assets"][-1])),
        "one is there twice",
    ),
    "another root": (
        "snapshot.json",
        edited(lambda doc: doc.update(root="ab" * 32)),
        "come to another root than",
    ),
    "another time": (
        "snapshot.json",
        edited(lambda doc: doc.update(taken_at="2020-01-01T00:00:00Z")),
        "come to another root than",
    ),
    "an address twice": (
        "ownership.json",
        edited(lambda doc: doc.append(doc[0])),
        "is there twice",
    ),
    "a text of another block": (
        "ownership.json",
        edited(lambda doc: doc[0].update(message=doc[0]["message"].replace("120", "119"))),
        "is not of this snapshot, time and block",
    ),
    "another address's signature": (
        "ownership.json",
        edited(lambda doc: doc[0].update(signature=doc[1]["signature"])),
        "not a signature",
    ),
    "a block of its own": (
        "ownership.json",
        edited(
            lambda doc: doc[1].update(
                block_height=119, message=doc[1]["message"].replace("block 120", "block 119")
            )
        ),
        "of another block",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_archive_is_refused(packed, case):
    name, change, why = TAMPERED[case]
    status, said = verdict(changed(packed, name, change))

    assert status == 1
    assert said.splitlines()[-1].startswith("NOT VERIFIED: ")
    assert why in said.splitlines()[-1]


def test_a_changed_file_is_found_by_its_checksum(packed):
    status, said = verdict(changed(packed, "README.md", lambda data: data + b"!", sums=False))

    assert (status, said) == (1, "NOT VERIFIED: README.md is not what its checksum says\n")


def test_the_archive_says_nothing_of_who_anybody_is(packed, alice):
    with zipfile.ZipFile(packed) as archived:
        everything = b"".join(archived.read(name) for name in archived.namelist())

    assert alice.user.email.encode() not in everything
    assert f"{alice.pk} ".encode() + b"person" not in everything


def test_the_same_snapshot_gives_the_same_archive(alice):
    kept = published()
    first, second = (b"".join(archive.archive(kept)) for _ in range(2))

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert packed.testzip() is None


def test_a_block_that_left_its_chain_is_not_published(packed):
    kept = taken()
    at = kept.addresses.filter(network__code="BTC").first()
    SeenBlock.objects.create(
        network=at.network,
        height=at.height,
        hash="ff" * 32,
        parent="00" * 32,
        mined_at=kept.taken_at,
    )
    with pytest.raises(publish.BlockGone):
        publish.propose_publication(
            snapshot_id=kept.pk, actor=staff("wallets.publish_snapshot"), reason="due"
        )


CHANGES = {
    "its root": "UPDATE wallets_snapshot SET root = NULL WHERE id = %s",
    "its state": "UPDATE wallets_snapshot SET state = 'discarded' WHERE id = %s",
    "itself": "DELETE FROM wallets_snapshot WHERE id = %s",
    "what is owed": "UPDATE wallets_liabilitytree SET owed = 1 WHERE snapshot_id = %s",
    "a liability": """UPDATE wallets_liability SET units = 1 WHERE tree_id IN
        (SELECT id FROM wallets_liabilitytree WHERE snapshot_id = %s)""",
    "a customer left out": """DELETE FROM wallets_liability WHERE tree_id IN
        (SELECT id FROM wallets_liabilitytree WHERE snapshot_id = %s)""",
    "a customer put in": """INSERT INTO wallets_liability (tree_id, customer_id, units)
        SELECT id, 999999, 1 FROM wallets_liabilitytree WHERE snapshot_id = %s""",
    "leaves": """UPDATE wallets_leafblock SET body = '' WHERE tree_id IN
        (SELECT id FROM wallets_liabilitytree WHERE snapshot_id = %s)""",
    "a name": "UPDATE wallets_snapshotholder SET name = 'x' WHERE snapshot_id = %s",
    "a holder added": """INSERT INTO wallets_snapshotholder (snapshot_id, customer_id, name)
        VALUES (%s, 999999, 'x')""",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_postgresql_itself_lets_nobody_change_what_is_published(alice, change):
    kept = published()

    with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(change, [kept.pk])


def test_what_is_not_published_can_still_be_given_up(alice):
    kept = taken()

    snapshot.discard(snapshot_id=kept.pk, actor=OPERATOR, reason="a mistake")

    kept.refresh_from_db()
    assert kept.state == Snapshot.State.DISCARDED
