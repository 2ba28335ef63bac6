"""The demo's listings: applications at several stages, with real tokens on the development chain.

Each story walks its listing by the room's own verbs until it stands where the story ends; begun
again, it goes on from where it is, and one that is there is left alone.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset
from exchange.audit import proposals
from exchange.core import clock
from exchange.core.actors import CUSTOMER, STAFF, Actor
from exchange.core.money import plain
from launchpad.demo import policy, project_tokens
from launchpad.listings import (
    apply,
    checklist,
    checks,
    committee,
    interests,
    opening,
    papers,
    queries,
    rapid,
    schedule,
    screen,
    stages,
    terms,
    voting,
)
from launchpad.listings.models import Listing
from launchpad.listings.states import ENDS, AssetClass, Stage
from launchpad.listings.words import WANTED, Paper
from wallets import chains
from wallets.chains import nodes

log = logging.getLogger(__name__)
NETWORK = "ERC20"
MOST_STEPS = 12
MANAGER, SECONDS = "listings", ("treasury", "officer", "mlro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A project, whose customer applies for it, and where its road ends for now."""

    code: str
    name: str
    applicant: str
    token: str
    supply: int
    holders: int
    until: str
    about: str
    risks: str
    company: str
    country: str
    people: tuple[tuple[str, str, str], ...]
    asset_class: str = AssetClass.TOKEN
    price: Decimal = Decimal("0.5")
    judged: dict[str, tuple[int, str]] = field(default_factory=dict)


STORIES = (
    Story(
        code="BUOY", name="Buoy Network", applicant="dave", token=project_tokens.FIXED,
        supply=21_000_000, holders=20, until=Stage.DRAFT, about="", risks="", company="",
        country="", people=(),
    ),
    Story(
        code="MNRS", name="Moonrise Club", applicant="carol", token=project_tokens.COMMUNITY,
        supply=1_000_000_000, holders=30, until=Stage.DILIGENCE,
        about="A club's token: votes on the colour of the moon, and a meeting every full moon.",
        risks="Its owner can make more, and can stop all transfers. There is no company's profit.",
        company="Moonrise Association", country="PT",
        people=(("Marta Valdeira", "founder", "PT"), ("Joao Encarnado", "treasurer", "PT")),
        judged={
            "product": (2, "meetings are held"),
            "contract_safety": (1, "chain check: mint(address,uint256) went through"),
        },
    ),
    Story(
        code="DIVE", name="Reef Survey", applicant="bob", token=project_tokens.FIXED,
        supply=500_000_000, holders=60, until=Stage.VOTE,
        about="Divers are paid for surveys of reefs; institutes buy the data with the token.",
        risks="Two institutes buy today. If they stop, nobody needs the token.",
        company="Reef Survey Foundation", country="NL",
        people=(("Hanneke Dijkhuis", "director", "NL"),),
    ),
    Story(
        code="HBD", name="Harbour Dollar", applicant="alice", token=project_tokens.FIXED,
        supply=80_000_000, holders=150, until=Stage.SCHEDULED, asset_class=AssetClass.STABLECOIN,
        price=Decimal("1"),
        about="One dollar in a bank for each token, attested every month.",
        risks="A bank may fail, and redemption may take days. Below par you may get less.",
        company="Harbour Money Ltd", country="IE",
        people=(("Ciara Lehane", "director", "IE"), ("Tom Brannigan", "chief officer", "IE")),
    ),
)  # fmt: skip
KELP = ("KELP", "Kelp Standard", 100_000_000, 150, Decimal("2.4"))


def seed() -> int:
    """Go on with every story. Returns how many went on; 0 when all are told."""
    if NETWORK not in chains.configured() or not nodes.node(NETWORK).development:
        return 0
    if not User.objects.filter(email=f"{MANAGER}@holdfast.example").exists():
        return 0  # the demo's people come first
    lines = [line for story in STORIES if (line := _tell(story))]
    if line := _tell_standard():
        lines.append(line)
    for line in lines:
        log.info("demo: %s", line)
    return len(lines)


def _tell(story: Story) -> str:
    if _deploy(story.token, story.code, story.name, story.supply, story.holders):
        return f"{story.code} deployed"
    listing = Listing.objects.filter(code=story.code).order_by("-pk").first()
    if listing is not None and _is_told(story, listing):
        return ""
    if listing is None:
        listing = _begin(story)
        if listing is None:
            return ""
    for _step in range(MOST_STEPS):
        listing.refresh_from_db()
        step = _STEPS.get(listing.stage)
        if listing.stage == story.until or step is None:
            break
        step(story, listing)
    return f"{story.code} is {listing.stage}"


def _is_told(story: Story, listing: Listing) -> bool:
    """It has come to where its story ends, be it long ago: from there on it is people's."""
    return (
        story.until == Stage.DRAFT
        or listing.stage in ENDS
        or listing.events.filter(kind=story.until).exists()
    )


def _begin(story: Story) -> Listing | None:
    holder = _customer(story.applicant)
    if holder is None:
        return None
    who = _applicant(holder)
    listing = apply.start(customer_id=holder.pk, asset_class=story.asset_class, actor=who)
    return apply.save(
        listing_id=listing.pk,
        values={
            "name": story.name,
            "code": story.code,
            "network": NETWORK,
            "contract": project_tokens.address(story.code),
            "supply": Decimal(story.supply),
            "about": story.about,
            "risks": story.risks,
            "company": story.company,
            "company_country": story.country,
            "company_number": f"{story.country} 40{len(story.name)}17" if story.country else "",
            "website": f"https://{story.code.lower()}.example" if story.company else "",
            "contact_name": story.people[0][0] if story.people else "",
            "contact_role": story.people[0][1] if story.people else "",
        },
        actor=who,
    )


def _hand_in(story: Story, listing: Listing) -> None:
    assert listing.customer is not None
    who = _applicant(listing.customer)
    for name, role, country in story.people:
        apply.add_member(listing_id=listing.pk, name=name, role=role, country=country, actor=who)
    for paper in WANTED[listing.asset_class]:
        papers.upload(listing_id=listing.pk, kind=paper, content=_page(story, paper), actor=who)
    apply.submit(listing_id=listing.pk, confirmed=True, actor=who)


def _take_up(story: Story, listing: Listing) -> None:
    _free(listing, MANAGER)
    stages.take_up(listing_id=listing.pk, actor=_staff(MANAGER))


def _check(story: Story, listing: Listing) -> None:
    screen.screen(listing_id=listing.pk)
    for run in listing.chain_checks.filter(state="asked"):
        checks.run(run.pk)
    stages.begin_diligence(listing_id=listing.pk, actor=_staff(MANAGER))
    for key, (score, shown) in story.judged.items():
        checklist.score(
            listing_id=listing.pk, key=key, score=score, evidence=shown, actor=_staff(MANAGER)
        )


def _judge(story: Story, listing: Listing) -> None:
    who = _staff(MANAGER)
    for item in checklist.items_of(listing.asset_class):
        checklist.score(
            listing_id=listing.pk,
            key=item.key,
            score=3,
            evidence="documents and chain check of the application",
            actor=who,
        )
    if listing.asset_class == AssetClass.STABLECOIN:
        voting.skip_vote(listing_id=listing.pk, reason="a stablecoin", actor=who)
    else:
        voting.open_vote(listing_id=listing.pk, actor=who)


def _decide(story: Story, listing: Listing) -> None:
    people = (MANAGER, "treasury", "officer")
    _free(listing, *people)
    for name in people:
        committee.vote(listing_id=listing.pk, choice="for", actor=_staff(name))
    committee.close(
        listing_id=listing.pk,
        minutes="Reserves were attested last month; redemption was tried with a small amount. "
        "All three were for it. Open: the auditor's name on the next attestation.",
        actor=_staff(MANAGER),
    )


def _schedule(story: Story, listing: Listing) -> None:
    quote = Asset.objects.get(code="USDT")
    opens = (clock.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    proposal = schedule.propose(
        listing_id=listing.pk,
        deposits_at=opens,
        trading_at=opens + timedelta(days=1),
        withdrawals_at=opens + timedelta(days=2),
        market_terms=terms.suggest(price=story.price, decimals=listing.decimals or 18, quote=quote),
        quote="USDT",
        reason="The committee approved it and the project is ready.",
        actor=_staff(MANAGER),
    )
    _free(listing, "treasury")
    proposals.approve(proposal_id=proposal.pk, actor=_staff("treasury"), reason="as agreed")


_STEPS: dict[str, Callable[[Story, Listing], None]] = {
    Stage.DRAFT: _hand_in,
    Stage.SUBMITTED: _take_up,
    Stage.CHECKS: _check,
    Stage.DILIGENCE: _judge,
    Stage.COMMITTEE: _decide,
    Stage.APPROVED: _schedule,
}


def _tell_standard() -> str:
    """A standard token that was listed two days ago, by the short road."""
    code, name, supply, holders, price = KELP
    if _deploy(project_tokens.FIXED, code, name, supply, holders):
        return f"{code} deployed"
    listing = Listing.objects.filter(contract=project_tokens.address(code)).first()
    if listing is not None and listing.stage != Stage.CHECKS:
        return ""
    if listing is None:
        listing = rapid.begin(
            network=NETWORK, contract=project_tokens.address(code), actor=_staff(MANAGER)
        )
    for run in listing.chain_checks.filter(state="asked"):
        checks.run(run.pk)
    listing.refresh_from_db()
    if listing.pk not in queries.proposed():
        with clock.held_at(clock.now() - timedelta(days=2)):
            _propose_standard(listing, name, code, price)
    opening.open_due()
    return f"{code} is listed"


def _propose_standard(listing: Listing, name: str, code: str, price: Decimal) -> None:
    quote = Asset.objects.get(code="USDT")
    first = (clock.now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    chosen = terms.suggest(price=price, decimals=listing.decimals or 18, quote=quote)
    policy.seed(
        coming=[
            {
                "network": NETWORK,
                "asset": code,
                "contract": listing.contract,
                "decimals": listing.decimals,
                "least": plain(chosen.withdraw_min),
            }
        ]
    )
    proposal = rapid.propose(
        listing_id=listing.pk,
        name=name,
        code=code,
        judged={
            item.key: rapid.Judgement(3, "chain check, and two regulated venues since spring")
            for item in checklist.items_of(AssetClass.STANDARD)
        },
        dates=(first, first + timedelta(hours=4), first + timedelta(hours=8)),
        market_terms=chosen,
        quote="USDT",
        insiders_hours=24,
        reason="A standard token; customers have asked for it.",
        actor=_staff(MANAGER),
    )
    _free(listing, "treasury")
    proposals.approve(proposal_id=proposal.pk, actor=_staff("treasury"), reason="plain contract")


def _deploy(token: str, code: str, name: str, supply: int, holders: int) -> bool:
    return project_tokens.deploy(
        network=NETWORK, kind=token, name=name, symbol=code, supply=supply, holders=holders
    )


def _free(listing: Listing, *names: str) -> None:
    for name in names:
        who = _staff(name)
        if interests.newest(listing.pk, who.user_id) is None:
            interests.declare(listing_id=listing.pk, conflict=False, words="", actor=who)


def _staff(name: str) -> Actor:
    user = User.objects.get(email=f"{name}@holdfast.example")
    return Actor(kind=STAFF, label=user.email, user_id=user.pk, may=user.has_perm)


def _customer(name: str) -> Customer | None:
    return Customer.objects.filter(user__email=f"{name}@holdfast.example").first()


def _applicant(holder: Customer) -> Actor:
    return Actor(
        kind=CUSTOMER,
        label=holder.user.email if holder.user else "",
        user_id=holder.user_id,
        customer_id=holder.pk,
    )


def _page(story: Story, paper: Paper) -> bytes:
    """A sheet of paper that says what it is."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (900, 1200), "white")
    draw = ImageDraw.Draw(sheet)
    lines = (story.name, str(Paper(paper).label), story.company, "Made for the demo.")
    for number, line in enumerate(lines):
        draw.text((80, 100 + 60 * number), line, fill="black", font_size=34)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
