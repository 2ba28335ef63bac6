"""Staff see the signer, stop it, and carry operators' signatures that let it go on."""

from __future__ import annotations

import pytest

from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests import factories
from tests.exchange.portal.conftest import verified
from tests.factories.accounts import staff
from wallets.sending import signer as client
from wallets.sending.errors import SignerRefused
from wallets.signing import freeze, thaw
from wallets.signing.models import ThawApproval

pytestmark = pytest.mark.django_db


@pytest.fixture
def root():
    return verified(factories.user(is_staff=True, is_superuser=True))


def handed_in(signer, contents, name):
    (made,) = signer.approve(contents, name)
    return {**made, "contents": contents}


def test_a_freeze_is_told_to_the_signer_and_written_down(signer):
    who = staff("wallets.freeze_signer")

    freeze.freeze(actor=who, reason="strange payments")

    assert client.status()["frozen_by"] == who.label
    event = AuditEvent.objects.get(verb="signing.freeze")
    assert (event.actor, event.reason) == (who.label, "strange payments")


def test_nobody_freezes_without_the_permission_or_a_reason(signer):
    with pytest.raises(PermissionRefused):
        freeze.freeze(actor=staff(), reason="x")
    with pytest.raises(Invalid):
        freeze.freeze(actor=staff("wallets.freeze_signer"), reason=" ")

    assert client.status()["frozen"] is False


def test_two_operators_signatures_thaw_it_whoever_hands_them_in(signer):
    signer.freeze()
    contents, who = client.thaw_contents().text, staff("wallets.thaw_signer")

    assert thaw.hand_in(actor=who, **handed_in(signer, contents, "first")) is False
    assert thaw.hand_in(actor=who, **handed_in(signer, contents, "first")) is False  # again
    assert client.status()["frozen"] is True
    assert thaw.hand_in(actor=who, **handed_in(signer, contents, "third")) is True

    assert client.status()["frozen"] is False
    assert AuditEvent.objects.get(verb="signing.thaw").after == {"operators": ["first", "third"]}


def test_a_signature_of_an_earlier_freeze_is_refused(signer):
    signer.freeze()
    contents, who = client.thaw_contents().text, staff("wallets.thaw_signer")
    old = handed_in(signer, contents, "first")
    signer.thaw()
    with pytest.raises(SignerRefused):
        thaw.hand_in(actor=who, **old)
    signer.freeze()

    with pytest.raises(Conflict):
        thaw.hand_in(actor=who, **old)
    assert ThawApproval.objects.count() == 0


def test_a_forged_signature_thaws_nothing_and_can_be_replaced(signer):
    signer.freeze()
    contents, who = client.thaw_contents().text, staff("wallets.thaw_signer")
    good = handed_in(signer, contents, "first")
    forged = {**good, "operator": "second"}

    thaw.hand_in(actor=who, **good)
    with pytest.raises(SignerRefused):
        thaw.hand_in(actor=who, **forged)

    assert client.status()["frozen"] is True
    assert thaw.hand_in(actor=who, **handed_in(signer, contents, "second")) is True


def test_nobody_hands_in_without_the_permission(signer):
    signer.freeze()
    contents = client.thaw_contents().text

    with pytest.raises(PermissionRefused):
        thaw.hand_in(actor=staff(), **handed_in(signer, contents, "first"))


def test_the_page_shows_limits_freezes_and_thaws(signer, root):
    page = root.get("/staff/signer/").content.decode()
    assert "It signs what its policy allows." in page
    assert "btc-hot" in page
    assert "btc-deposit" not in page

    root.post("/staff/signer/", {"freeze": "1", "reason": "to see"})
    page = root.get("/staff/signer/").content.decode()
    assert "Nothing is signed until operators thaw it." in page
    assert "data-approval" in page
    contents = client.thaw_contents().text
    for name in ("first", "second"):
        root.post("/staff/signer/", handed_in(signer, contents, name))

    assert client.status()["frozen"] is False


def test_a_signer_that_does_not_answer_is_said_to(root, settings, tmp_path):
    settings.SIGNER_SOCKET = str(tmp_path / "none")

    page = root.get("/staff/signer/")

    assert page.status_code == 200
    assert "The signer does not answer" in page.content.decode()
    assert root.post("/staff/signer/", {"freeze": "1", "reason": "x"}).status_code == 302
