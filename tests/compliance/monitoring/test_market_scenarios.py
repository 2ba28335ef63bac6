"""Market abuse: what is told, and which traders do the same for a reason."""

from __future__ import annotations

from typing import Any

from tests.compliance.monitoring.histories import account, fact, found

MARKET = "ABC_USDT"


def deal(buyer: str, seller: str, usd: float, *, price: float = 1.0, **when: Any) -> list[dict]:
    """One trade: a fact for each side."""
    shared = {"usd": usd, "market": MARKET, "asset": "ABC", "price": price, **when}
    return [
        fact("trade", buyer, counterparty=seller, side="buy", **shared),
        fact("trade", seller, counterparty=buyer, side="sell", **shared),
    ]


def order(
    user: str,
    side: str,
    usd: float,
    number: str,
    *,
    at: float,
    gone: float | None = None,
    price: float = 1.0,
    share: float = 0.3,
) -> list[dict]:
    """An order placed at a second, and its cancel when it was withdrawn."""
    shared = {"market": MARKET, "side": side, "price": price, "order_id": number}
    facts = [fact("order", user, second=at, usd=usd, depth_share=share, **shared)]
    if gone is not None:
        facts.append(fact("cancel", user, second=gone, usd=usd, **shared))
    return facts


def test_one_owner_on_both_sides_is_told_whatever_the_accounts_are_called():
    people = [account("a", owner="o1"), account("b", owner="o1"), account("c", owner="o2")]
    facts = [
        *deal("a", "b", 900, hour=1),
        *deal("b", "a", 900, hour=2),
        *deal("a", "b", 900, hour=3),
    ]
    facts += deal("a", "c", 50_000, hour=3.5)

    told = found("self_trade", facts, people)

    assert {each.user for each in told} == {"a", "b"}
    assert told[0].explanation == (
        "3 trades worth 2,700 USD on ABC_USDT in 2.0 h with oneself or an account of the same "
        f"owner ({told[0].figures['other']}); threshold 3"
    )


def ring(members: list[str], rounds: int) -> list[dict]:
    facts = []
    for turn in range(rounds):
        for n, buyer in enumerate(members):
            seller = members[(n + 1) % len(members)]
            facts += deal(buyer, seller, 3_000, hour=turn + n / 10)
    return facts


def test_accounts_that_trade_in_a_circle_and_end_where_they_began_are_a_ring():
    told = found("wash_ring", ring(["a", "b", "c"], 4))

    assert {each.user for each in told} == {"a", "b", "c"}
    assert told[0].ring == ("a", "b", "c")
    assert told[0].figures["imbalance"] == 0.0
    assert told[0].figures["inside"] == 1.0


def test_a_market_maker_whose_trades_cancel_out_with_everybody_is_no_ring():
    facts = []
    for n in range(40):
        side = ("mm", f"c{n}") if n % 2 else (f"c{n}", "mm")
        facts += deal(*side, 1_000, hour=n / 4)

    assert found("wash_ring", facts) == []


def test_a_ring_is_seen_through_the_honest_trades_of_its_members_and_named_without_their_partners():
    facts = ring(["a", "b", "c"], 4)
    for n, member in enumerate(["a", "b", "c", "a", "b", "c"]):
        facts += deal(member, f"stranger{n}", 5_000, hour=n / 2)

    told = found("wash_ring", facts)

    assert {each.user for each in told} == {"a", "b", "c"}
    assert {each.ring for each in told} == {("a", "b", "c")}
    assert round(told[0].figures["inside"], 3) == 0.706  # 24,000 of 34,000


def test_a_ring_that_goes_round_over_midnight_is_one():
    facts = [{**each, "t": each["t"] + 22 * 3_600_000} for each in ring(["a", "b"], 4)]

    assert {each.user for each in found("wash_ring", facts, days=(1,))} == {"a", "b"}


def test_coins_that_do_not_come_back_go_round_in_no_ring():
    """Everybody in the chain is as flat as in a ring, but for its two ends."""
    facts = []
    for turn in range(6):
        for n in range(5):
            facts += deal(f"p{n + 1}", f"p{n}", 3_000, hour=turn + n / 10)

    assert found("wash_ring", facts) == []


def test_two_rings_in_one_market_are_two():
    told = found("wash_ring", ring(["a", "b", "c"], 4) + ring(["x", "y"], 4))

    assert {each.ring for each in told} == {("a", "b", "c"), ("x", "y")}


def test_a_market_maker_by_contract_is_nobodys_partner():
    facts = ring(["mm", "flat"], 6)

    assert found("wash_ring", facts) != []
    assert found("wash_ring", facts, [account("mm", market_maker=True)]) == []


def spoof(user: str, episodes: int, gone_after: float = 2.0) -> list[dict]:
    facts = []
    for n in range(episodes):
        at = 600.0 * n
        facts += order(user, "buy", 50_000, f"{user}{n}", at=at, gone=at + gone_after)
        facts += deal("victim", user, 4_000, second=at + 1)
    return facts


def test_large_orders_withdrawn_within_seconds_around_fills_on_the_other_side_are_spoofing():
    [one] = found("spoofing", spoof("sly", 3))

    assert (one.user, one.version) == ("sly", 1)
    assert one.explanation == (
        "3 times in 20 min on ABC_USDT an order of 30% of the visible depth stood for less than "
        "2.0 s around a trade on the other side, 150,000 USD shown for 12,000 traded; threshold 3"
    )


def test_orders_that_stand_or_contracted_makers_are_no_spoofing():
    assert found("spoofing", spoof("patient", 3, gone_after=60)) == []
    assert found("spoofing", spoof("mm", 5), [account("mm", market_maker=True)]) == []
    assert found("spoofing", spoof("once", 2)) == []


def test_orders_on_several_levels_withdrawn_after_a_fill_are_layering():
    facts = []
    for episode in range(2):
        at = 900.0 * episode
        for level in range(4):
            facts += order(
                "lay",
                "sell",
                5_000,
                f"{episode}-{level}",
                at=at + level,
                gone=at + 15,
                price=1.01 + level / 100,
                share=0.05,
            )
        facts += deal("lay", "victim", 4_000, second=at + 13)

    [one] = found("layering", facts)

    assert one.explanation == (
        "2 times in 15 min on ABC_USDT orders on 4 price levels, 40,000 USD, were withdrawn around "
        "a trade of 8,000 USD on the other side; threshold 3 levels"
    )


def test_who_bought_quietly_before_a_price_was_pushed_up_is_told():
    facts = []
    for n in range(60):  # a thin market
        facts += deal(f"x{n}", "maker", 20, second=n * 400)
    for n in range(4):  # quiet buying in the hour before
        facts += deal("early", "maker", 500, second=25_000 + n * 300)
    for n in range(30):  # the rush
        facts += deal(f"fool{n}", "early", 400, second=27_200 + n * 5, price=1.0 + n * 0.01)

    told = found("pump", facts)

    assert "early" in {each.user for each in told}
    early = next(each for each in told if each.user == "early")
    assert early.figures["bought"] == 2_000
    assert early.figures["rise"] >= 0.10


def test_a_large_market_that_rises_is_no_pump():
    facts = []
    for n in range(60):
        facts += deal(f"x{n}", "maker", 60_000, second=n * 400)
    for n in range(30):
        facts += deal(f"fool{n}", "maker", 90_000, second=27_200 + n * 5, price=1.0 + n * 0.01)

    assert found("pump", facts) == []


def closes(days: int) -> list[dict]:
    """Every day's last five minutes, with hardly a move."""
    facts = []
    for day in range(days):
        for n in range(6):
            price = 100 + 0.05 * (-1) ** (n + day)
            facts += deal(f"p{n}", f"q{n}", 1_000, day=day, second=86_110 + n * 25, price=price)
    return facts


def test_much_of_the_last_minutes_in_the_direction_of_an_unusual_move_marks_the_close():
    facts = closes(9)
    for n in range(3):
        facts += deal("mark", f"s{n}", 5_000, day=9, second=86_300 + n * 20, price=100 + n * 1.5)

    [one] = [each for each in found("marking_the_close", facts) if each.user == "mark"]

    assert one.figures["share"] == 1.0
    assert one.figures["side"] == "buy"
    assert "of the last 5 min before the reference price of ABC_USDT" in one.explanation


def test_ordinary_closes_are_nothing():
    assert found("marking_the_close", closes(12)) == []


def test_a_purchase_before_the_announcement_is_told_for_staff_and_for_whoever_is_linked():
    people = [
        account("clerk", insider=True, owner="clerk"),
        account("cousin", owner="clerk"),
        account("whale"),
        account("fan"),
        account("regular"),
    ]
    told_at = fact("listing_announced", "house", day=100, asset="ABC", market=MARKET)
    facts = [told_at]
    for user, usd, day in (
        ("clerk", 2_500, 99),
        ("cousin", 3_000, 98),
        ("whale", 25_000, 99),
        ("fan", 3_000, 99),
        ("regular", 50_000, 99),
        ("regular", 1_000, 60),
    ):
        facts.append(
            fact("trade", user, day=day, usd=usd, side="buy", asset="ABC", market="ABC_BTC")
        )

    told = found("listing_front_running", facts, people)

    assert {(each.user, each.figures["who"]) for each in told} == {
        ("clerk", "linked to those who knew"),
        ("cousin", "linked to those who knew"),
        ("whale", "no link known"),
    }


def test_who_knew_of_one_listing_is_told_for_that_asset_and_is_a_stranger_for_another():
    people = [
        account("auditor", insider_of=",ABC,XYZ,", owner="auditor"),
        account("spouse", owner="auditor"),
        account("other", insider_of=",ABCD,"),
        account("none"),
    ]
    facts = [
        fact("listing_announced", "house", day=100, asset=asset, market=f"{asset}_USDT")
        for asset in ("ABC", "DEF")
    ]
    for user in ("auditor", "spouse", "other", "none"):
        for asset in ("ABC", "DEF"):
            facts.append(
                fact("trade", user, day=99, usd=3_000, side="buy", asset=asset, market=f"{asset}_X")
            )

    told = found("listing_front_running", facts, people)

    assert {(each.user, each.figures["asset"], each.figures["who"]) for each in told} == {
        ("auditor", "ABC", "linked to those who knew"),
        ("spouse", "ABC", "linked to those who knew"),
    }
