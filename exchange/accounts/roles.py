"""The staff roles: which desk may do what. Groups hold the permissions, this table says which.

Nobody holds everything: who proposes can't approve, who looks after staff does not move money, and
the auditor only reads.
"""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet

from exchange.accounts import devices
from exchange.accounts.compliance_roles import (
    CASES_DECIDE,
    CASES_WORK,
    COMPLIANCE_WORK,
    SCREENING,
    SEE_FILINGS,
    TRIAGE_VIEWS,
)
from exchange.accounts.launchpad_roles import (
    LISTINGS_WORK,
    PROGRAMME_MONEY,
    PROGRAMME_WORK,
    REWARDS_APPROVE,
    REWARDS_CHECK,
    REWARDS_WORK,
    SALE_VIEWS,
    SALES_APPROVE,
    SALES_DRAFT,
    VOTE_VIEWS,
    VOTES_DRAFT,
    VOTES_REVIEW,
)
from exchange.accounts.models import User
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound, PermissionRefused

COMPLIANCE_OFFICER = "compliance officer"
MLRO = "MLRO"
TREASURY_OPERATOR = "treasury operator"
LISTING_MANAGER = "listing manager"
SUPPORT_AGENT = "support agent"
INCIDENT_COMMANDER = "incident commander"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"
TRIAGE_ANALYST = "triage analyst"

OUR_APPS = ("exchange", "compliance", "wallets", "launchpad")
# Second factors are nobody's to look at, and neither is who voted for what.
UNSEEN = {"authenticator", "recoverycodes", "recoverycode", "vote", "countedvote", "delegation"}
EVERYTHING = "view everything"
# "View everything" leaves these models out for whoever may not see filings: each says, or lets one
# guess, that a report was made, and the law forbids telling.
CONFIDENTIAL = {
    "acknowledgement",
    "alert",
    "alertlabel",
    "blockedproperty",
    "case",
    "casealert",
    "casecustomer",
    "casedecision",
    "caseevidence",
    "caseevidencecontent",
    "caselink",
    "casenote",
    "casequestion",
    "casereview",
    "erasurereview",
    "filedin",
    "legalhold",
    "report",
    "reportfile",
    "rewardcheck",
}
PEOPLE = ["user", "customer", "logindevice", "apikey", "restriction"]
MONEY = ["ledgeraccount", "ledgerentry", "posting", "reconciliation"]
TRADING = ["asset", "network", "assetnetwork", "market", "ticker", "spotorder", "trade"]
LOG = ["auditevent", "proposal", "switch"]
SIGNER = ["wallets.view_thawapproval", "wallets.freeze_signer", "wallets.thaw_signer"]
CUSTODY_VIEWS = [
    f"wallets.view_{model}"
    for model in (
        "coldpayment",
        "custodyalarm",
        "walletpolicy",
        "chaincomparison",
        "vaultmove",
        "keyset",
        "chaintransaction",
        "networkwatch",
    )
]
WITHDRAWAL_VIEWS = [
    f"wallets.view_{model}"
    for model in (
        "withdrawal",
        "gateoutcome",
        "decision",
        "operatorapproval",
        "payment",
        "foreignspend",
    )
]
# Deposits, whose addresses they pay, and what their queues decide.
DEPOSIT_VIEWS = [
    f"wallets.view_{model}"
    for model in ("deposit", "depositcheck", "reorgdebt", "address", "keyset")
]
DEPOSIT_DECISIONS = ["wallets.review_deposit", "wallets.grant_deposit", "wallets.collect_debt"]
# What takes two people (a policy, a surplus, a payment to strangers) both desks may ask for and
# approve; nobody approves what they asked for.
CUSTODY_DECISIONS = [
    "wallets.approve_cold_payment",
    "wallets.change_walletpolicy",
    "wallets.book_surplus",
    "wallets.close_custody_alarm",
    "wallets.accept_fork",
]
RESERVES = [
    "wallets.view_snapshot",
    "wallets.view_reserveaddress",
    "wallets.take_snapshot",
    "wallets.prove_ownership",
    "wallets.publish_snapshot",
]


def views(*models: str) -> list[str]:
    return [f"exchange.view_{model}" for model in models]


ROLES: dict[str, list[str]] = {
    COMPLIANCE_OFFICER: [
        EVERYTHING,
        *COMPLIANCE_WORK,
        *REWARDS_CHECK,
        *CASES_WORK,
        "wallets.approve_withdrawal",
        "wallets.freeze_signer",
        *DEPOSIT_DECISIONS,
        *SCREENING,
        "launchpad.vote_listing",
        "launchpad.see_listing_documents",
        "exchange.freeze_customer",
        "exchange.unfreeze_customer",
        "exchange.decide_proposal",
        *VOTES_REVIEW,
    ],
    MLRO: [
        EVERYTHING,
        *COMPLIANCE_WORK,
        *REWARDS_CHECK,
        *CASES_WORK,
        *CASES_DECIDE,
        "wallets.freeze_signer",
        *DEPOSIT_DECISIONS,
        *SCREENING,
        "launchpad.vote_listing",
        "launchpad.approve_listing",
        "launchpad.see_listing_documents",
        "wallets.register_key_set",
        "exchange.freeze_customer",
        "exchange.unfreeze_customer",
        "exchange.reset_second_factor",
        "exchange.decide_proposal",
        "exchange.export_audit",
        *VOTES_REVIEW,
        *SALES_APPROVE,
    ],
    TREASURY_OPERATOR: [
        *views(*MONEY, *TRADING, "customer", "user", "proposal", "switch"),
        *RESERVES,
        *LISTINGS_WORK,
        "launchpad.vote_listing",
        "launchpad.approve_listing",
        "exchange.decide_proposal",
        *PROGRAMME_WORK,
        *REWARDS_APPROVE,
        *PROGRAMME_MONEY,
        *CUSTODY_VIEWS,
        *CUSTODY_DECISIONS,
        *SIGNER,
        *DEPOSIT_VIEWS,
        "wallets.register_key_set",
        "wallets.draft_cold_payment",
        "wallets.upload_cold_signature",
        "wallets.send_cold_payment",
        "wallets.register_vault",
        "wallets.move_vault",
        "wallets.agree_vaultmove",
        *WITHDRAWAL_VIEWS,
        "wallets.approve_withdrawal",
        "wallets.bump_chaintransaction",
        "wallets.rebroadcast_chaintransaction",
        "wallets.abandon_chaintransaction",
        *VOTE_VIEWS,
        "launchpad.approve_voted_change",
        *SALES_APPROVE,
    ],
    LISTING_MANAGER: [
        *views(*TRADING, "proposal", "switch"),
        *(
            f"exchange.{act}_{model}"
            for act in ("add", "change")
            for model in ("asset", "network", "assetnetwork", "market")
        ),
        "exchange.halt_market",
        *REWARDS_WORK,
        *PROGRAMME_WORK,
        "launchpad.draft_product",
        *LISTINGS_WORK,
        "launchpad.work_listing",
        "launchpad.vote_listing",
        *VOTES_DRAFT,
        *SALES_DRAFT,
    ],
    SUPPORT_AGENT: [
        *views(*PEOPLE, *MONEY, *TRADING, *LOG),
        "wallets.view_withdrawal",
        "wallets.view_gateoutcome",
        "wallets.view_decision",
        "wallets.cancel_withdrawal",
        "launchpad.view_position",
        *DEPOSIT_VIEWS,
        "wallets.view_bookentry",
        "wallets.issue_address",
        "exchange.freeze_customer",
        "exchange.reset_second_factor",
        "exchange.change_logindevice",
        "exchange.cancel_any_order",
        *VOTE_VIEWS,
        "launchpad.moderate_comment",
        *SALE_VIEWS,
    ],
    INCIDENT_COMMANDER: [
        EVERYTHING,
        "exchange.throw_switch",
        "exchange.halt_market",
        "exchange.freeze_customer",
        "exchange.cancel_any_order",
        "exchange.change_outboxevent",
        "exchange.decide_proposal",
        "launchpad.stop_programme",
        "launchpad.pause_product",
        *CUSTODY_DECISIONS,
        *SIGNER,
    ],
    AUDITOR: [EVERYTHING, SEE_FILINGS, "exchange.export_audit"],
    ADMINISTRATOR: [
        EVERYTHING,
        "wallets.freeze_signer",
        "exchange.add_user",
        "exchange.change_user",
        "exchange.change_logindevice",
        "exchange.assign_role",
        "exchange.invite_staff",
        "exchange.reset_second_factor",
        "exchange.decide_proposal",
    ],
    # The first look at what scenarios find. They end what is explained, and hand on what is not:
    # reports, parting with somebody and sanctions are for those who investigate. They may know of
    # earlier reports, since a case shows them, and neither write, approve nor list any.
    TRIAGE_ANALYST: [
        *views(*PEOPLE, *MONEY, *TRADING, "proposal", "switch"),
        *TRIAGE_VIEWS,
        SEE_FILINGS,
        "compliance.triage_case",
        "compliance.label_alert",
        "compliance.screen_name",
        "exchange.freeze_customer",
    ],
}


def sync_roles() -> None:
    """Make the groups what the table says, no more and no less. Safe to run at every start.

    Raises LookupError for a permission that no model declares (a misspelt name grants nothing).
    """
    with transaction.atomic():
        for name, wanted in ROLES.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set(_permissions(wanted))


def give_role(*, user_id: int, role: str, actor: Actor, reason: str = "") -> None:
    """Make somebody staff in this role. Giving it twice changes nothing.

    Raises PermissionRefused (nobody raises themselves), Invalid for an unknown role, NotFound.
    """
    user, group = _staff_change(user_id, role, actor)
    with transaction.atomic():
        if user.is_staff and group in user.groups.all():
            return
        before = _roles_of(user)
        user.groups.add(group)
        User.objects.filter(pk=user_id).update(is_staff=True)
        record(
            actor=actor,
            verb="accounts.give_role",
            target=user,
            reason=reason,
            before={"roles": before},
            after={"roles": _roles_of(user)},
        )


def take_role(*, user_id: int, role: str, actor: Actor, reason: str = "") -> None:
    """Take a role away; with the last one goes access to the staff site. Their sessions end."""
    user, group = _staff_change(user_id, role, actor)
    with transaction.atomic():
        if group not in user.groups.all():
            return
        before = _roles_of(user)
        user.groups.remove(group)
        if not user.groups.exists():
            User.objects.filter(pk=user_id).update(is_staff=False)
        devices.end_sessions(user_id=user_id)
        record(
            actor=actor,
            verb="accounts.take_role",
            target=user,
            reason=reason,
            before={"roles": before},
            after={"roles": _roles_of(user)},
        )


def _staff_change(user_id: int, role: str, actor: Actor) -> tuple[User, Group]:
    actor.require("exchange.assign_role")
    if actor.user_id == user_id:
        raise PermissionRefused("Nobody changes their own roles.")
    if role not in ROLES:
        raise Invalid(f"There is no role called {role}.", field="role", limit=list(ROLES))
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(field="user_id")
    return user, Group.objects.get(name=role)


def _roles_of(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _permissions(wanted: Collection[str]) -> QuerySet[Permission]:
    names = [name.partition(".") for name in wanted if name != EVERYTHING]
    named = Permission.objects.filter(codename__in={codename for _app, _dot, codename in names})
    found: dict[str, set[int]] = {}
    for app, codename, pk in named.values_list("content_type__app_label", "codename", "pk"):
        found.setdefault(f"{app}.{codename}", set()).add(pk)
    ids: set[int] = set()
    for name in wanted:
        if name == EVERYTHING:
            ids.update(_every_view(SEE_FILINGS in wanted).values_list("pk", flat=True))
        elif name in found:
            ids |= found[name]
        else:
            raise LookupError(f"no model declares the permission {name}")
    return Permission.objects.filter(pk__in=ids)


def _every_view(filings: bool) -> QuerySet[Permission]:
    unseen = UNSEEN if filings else UNSEEN | CONFIDENTIAL
    return Permission.objects.filter(
        content_type__app_label__in=OUR_APPS, codename__startswith="view_"
    ).exclude(content_type__model__in=unseen)
