"""What the launchpad's work takes, by kind of work; roles.py says which desk does it."""

# Programmes, their money and their payouts; what takes two people is never approved by who asked.
PROGRAMME_VIEWS = [
    f"launchpad.view_{model}"
    for model in (
        "programme",
        "funding",
        "payout",
        "payoutline",
        "product",
        "terms",
        "position",
        "arrival",
        "depthsample",
        "sighting",
    )
]
PROGRAMME_WORK = [
    *PROGRAMME_VIEWS,
    "launchpad.open_programme",
    "launchpad.stop_programme",
    "launchpad.pause_product",
    "launchpad.book_arrival",
]
PROGRAMME_MONEY = [
    "launchpad.fund_programme",
    "launchpad.approve_funding",
    "launchpad.resume_programme",
    "launchpad.cancel_payout",
    "launchpad.approve_product",
    "launchpad.approve_slash",
    "launchpad.approve_statement",
    "launchpad.watch_rewards",
]
# Listings: whoever works one proposes, and treasury or the MLRO approves; the committee is all of
# them, and nobody who declared an interest judges.
LISTINGS_WORK = [
    *(
        f"launchpad.view_{model}"
        for model in ("listing", "listingevent", "chaincheck", "measurement", "insider")
    ),
    "launchpad.see_listing_documents",
]
# Votes: one desk drafts and carries over, another reviews and publishes, treasury approves changes.
VOTE_VIEWS = [
    f"launchpad.view_{model}"
    for model in ("voteproposal", "proposalcomment", "delegate", "snapshot")
]
VOTES_DRAFT = [
    *VOTE_VIEWS,
    "launchpad.open_voteproposal",
    "launchpad.carry_over_vote",
    "launchpad.moderate_comment",
]
VOTES_REVIEW = [
    "launchpad.review_voteproposal",
    "launchpad.moderate_comment",
    "launchpad.hide_delegate",
]
# Sales: one desk drafts, announces and asks; treasury and the MLRO approve.
SALE_VIEWS = ["launchpad.view_sale", "launchpad.view_subscription"]
SALES_DRAFT = [*SALE_VIEWS, "launchpad.draft_sale"]
SALES_APPROVE = [*SALE_VIEWS, "launchpad.approve_sale", "launchpad.pay_sale"]
# Campaigns and tiers: listings propose, treasury approves, compliance decides what is held.
REWARD_VIEWS = [
    f"launchpad.view_{model}"
    for model in ("campaign", "reward", "recipientfile", "referral", "vipstanding")
]
REWARDS_WORK = [*REWARD_VIEWS, "launchpad.manage_campaign", "launchpad.propose_vip_table"]
REWARDS_APPROVE = [*REWARD_VIEWS, "launchpad.approve_recipients", "launchpad.approve_vip_table"]
REWARDS_CHECK = ["launchpad.decide_reward"]
