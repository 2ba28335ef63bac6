"""The permission matrix: which role opens which screen. A change here is a decision."""

from __future__ import annotations

import pytest
from django.test import Client

from exchange.accounts import roles
from tests.exchange.portal.screens import model_admins, screens

pytestmark = pytest.mark.django_db

# One column a role: compliance officer, MLRO, treasury operator, listing manager, support agent,
# incident commander, auditor, administrator.
ROLES = [role for role in roles.ROLES if role != roles.TRIAGE_ANALYST]
# The ninth role opens few: what a first look at an alert needs.
TRIAGE = set(
    "customer restriction apikey logindevice user asset network assetnetwork market ticker "
    "spotorder trade ledgeraccount ledgerentry posting reconciliation trial-balance proposal "
    "switch hit screening-desk screen-name listversion listentry travelmessage application "
    "identity case cases-desk cases-board alert roles".split()
)
MATRIX = """
customer            x x x . x x x x
restriction         x x . . x x x x
apikey              x x . . x x x x
logindevice         x x . . x x x x
user                x x x . x x x x
staffinvitation     x x . . . x x x
invite              . . . . . . . x
asset               x x x x x x x x
network             x x x x x x x x
assetnetwork        x x x x x x x x
market              x x x x x x x x
ticker              x x x x x x x x
candle              x x . . . x x x
spotorder           x x x x x x x x
trade               x x x x x x x x
matchbatch          x x . . . x x x
matchcommand        x x . . . x x x
ledgeraccount       x x x . x x x x
ledgerentry         x x x . x x x x
posting             x x x . x x x x
reconciliation      x x x . x x x x
auditevent          x x . . x x x x
proposal            x x x x x x x x
switch              x x x x x x x x
outboxevent         x x . . . x x x
trial-balance       x x x . x x x x
withdrawal          x x x . x x x x
withdrawals-desk    x x x . x x x x
signer-approvals    x . x . . . . .
networkwatch        x x x . . x x x
chaintransaction    x x x . . x x x
foreignspend        x x x . . x x x
snapshot            x x x . . x x x
reserveaddress      x x x . . x x x
reserves-work       . . x . . . . .
machinery           x x . . . x x x
roles               x x x . x x x x
signer              x x x . . x x x
coldpayment         x x x . . x x x
vaultmove           x x x . . x x x
custodyalarm        x x x . . x x x
chaincomparison     x x x . . x x x
walletpolicy        x x x . . x x x
treasury_board      x x x . . x x x
cold_draft          . . x . . . . .
keyset              x x x . x x x x
register_key_set    . x x . . . . .
address             x x x . x x x x
bookentry           x x . . x x x x
deposit             x x x . x x x x
reorgdebt           x x x . x x x x
hit                 x x . . . x x x
screening-desk      x x . . . x x x
screen-name         x x . . . . . .
listversion         x x . . . x x x
listentry           x x . . . x x x
listedaddress       x x . . . x x x
rescreen            x x . . . x x x
travelmessage       x x . . . x x x
counterparty        x x . . . x x x
counterpartyaddress x x . . . x x x
enter-provider      x x . . . . . .
identity-desk       x x . . . . . .
identity-countries  x x . . . . . .
application         x x . . . x x x
identity            x x . . . x x x
pepreview           x x . . . x x x
case                x x . . . . x .
casereview          x x . . . . x .
cases-desk          x x . . . . x .
cases-board         x x . . . . x .
report              x x . . . . x .
report_calendar     x x . . . . x .
report_new          x x . . . . . .
report_search       x x . . . . . .
report_batch        x x . . . . . .
report_check        x x . . . . x .
report_annual       x x . . . . . .
report_load         x x . . . . . .
filer               x x . . . x x x
centralbankrate     x x . . . x x x
blockedproperty     x x . . . . x .
blocked_new         x x . . . . . .
legalhold           x x . . . . x .
hold_new            x x . . . . . .
erasurereview       x x . . . . x .
erasure_new         x x . . . . . .
alert               x x . . . . x .
scenario            x x . . . x x x
marketmaker         x x . . . x x x
lookback            x x . . . x x x
programme           x x x x . x x x
programme_new       . . x x . . . .
payout              x x x x . x x x
product             x x x x . x x x
earn_product_new    . . . x . . . .
position            x x x x x x x x
sighting            x x x x . x x x
voteproposal        x x x x x x x x
proposalcomment     x x x x x x x x
delegate            x x x x x x x x
vote-draft          . . . x . . . .
holdings-snapshots  x x x x x x x x
listing             x x x x . x x x
listings-board      x x x x . x x x
listing-rapid       . . . x . . . .
sale                x x x x x x x x
sale_draft          . . . x . . . .
subscription        x x x x x x x x
campaign            x x x x . x x x
reward              x x x x . x x x
recipientfile       x x x x . x x x
referral            x x x x . x x x
vipstanding         x x x x . x x x
rewards-vip-table   x x x x . x x x
rewards-campaign    . . . x . . . .
rewardcheck         x x . . . . x .
personlink          x x . . . x x x
"""
TABLE = {line.split()[0]: line.split()[1:] for line in MATRIX.split("\n") if line.strip()}


def test_every_screen_is_in_the_matrix():
    assert set(TABLE) == set(screens())


def opens(role: str) -> set[str]:
    if role == roles.TRIAGE_ANALYST:
        return TRIAGE
    column = ROLES.index(role)
    return {name for name, cells in TABLE.items() if cells[column] == "x"}


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_role_opens_its_screens_and_no_other(role, as_role):
    client: Client = as_role(role)

    opened = {name for name, url in screens().items() if client.get(url).status_code == 200}

    assert opened == opens(role)


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_menu_shows_what_a_role_opens_and_nothing_else(role, as_role):
    client: Client = as_role(role)
    answer = client.get("/staff/")

    linked = {screen.url for group in answer.context["menu"] for screen in group.screens}

    addresses = screens()
    assert linked == {addresses[name] for name in opens(role)}


def test_what_is_not_theirs_is_refused_with_our_own_page(as_role):
    answer = as_role(roles.TREASURY_OPERATOR).get("/staff/exchange/auditevent/")

    assert answer.status_code == 403
    assert "Your role may not open this" in answer.content.decode()


def test_staff_without_a_role_see_an_empty_site(as_role):
    client = as_role()

    answer = client.get("/staff/")

    assert answer.status_code == 200
    assert answer.context["menu"] == []
    assert answer.context["cards"] == []
    assert {client.get(url).status_code for url in screens().values()} == {403}


def test_every_screen_hangs_at_a_desk():
    assert [name for name, model_admin in model_admins().items() if not model_admin.desks] == []


def test_nothing_can_be_deleted_by_anybody(root, rf):
    request = rf.get("/staff/")
    request.user = root.person

    able = [name for name, each in model_admins().items() if each.has_delete_permission(request)]

    assert able == []
