"""How long a vote of very many takes: its snapshot from postings, then the count with its file.

    python -m benchmarks.votes [ACCOUNTS]

Every account holds BMX, has moved some of it after the moment, and ranks three of five options.
One worker on one connection, PostgreSQL flushing every commit. There is no figure unless the
snapshot recomputes from all postings to the last unit, and a stranger's recount of the file comes
to the same result and root.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from random import Random

from benchmarks.scratch import database, report

ACCOUNTS = 100_000
AT_ONCE = 5_000
USERS = """
INSERT INTO exchange_user (password, is_superuser, email, name, is_staff, is_active, language,
                           date_joined)
SELECT '!', false, 'voter' || n || '@example.com', '', false, true, 'en', now()
  FROM generate_series(1, %s) n
"""
PEOPLE = """
INSERT INTO exchange_customer (user_id, name, country, anti_phishing_code, created_at)
SELECT id, '', '', '', now() FROM exchange_user WHERE email LIKE 'voter%%'
"""
VOTES = """
INSERT INTO launchpad_vote (proposal_id, customer_id, choices, salt, serial, cast_at, changed_at)
SELECT %s, id, (ARRAY['["a","b","c"]', '["b","c","a"]', '["c","e","a"]', '["d","a","b"]',
                      '["e","d","c"]'])[1 + id %% 5]::jsonb,
       md5(id::text), 1, %s, %s
  FROM exchange_customer
"""


def main(accounts: int = ACCOUNTS) -> None:
    with database():
        from exchange.core import clock
        from launchpad.governance import count, opening
        from launchpad.snapshots import take

        people = _people(accounts)
        _post(people, "first", 1)
        proposal = _published()
        assert proposal.snapshot is not None
        time.sleep(max(0.0, (proposal.snapshot.at - clock.now()).total_seconds()) + 0.1)
        _post(people, "later", 2)
        _analyze()
        with clock.held_at(proposal.snapshot.at + take.MARGIN):
            began = time.perf_counter()
            assert take.take(snapshot_id=proposal.snapshot_id)
            taken = time.perf_counter() - began
        began = time.perf_counter()
        compared = take.recompute(snapshot_id=proposal.snapshot_id)
        recomputed = time.perf_counter() - began
        assert compared.lines == accounts, compared
        assert compared.differences == []
        with clock.held_at(proposal.opens_at):
            assert opening.open_vote(proposal_id=proposal.pk)
            _vote(proposal.pk, clock.now())
        _analyze()
        with clock.held_at(proposal.closes_at):
            began = time.perf_counter()
            assert count.close_vote(proposal_id=proposal.pk)
            assert count.count(proposal_id=proposal.pk) >= accounts
            counted = time.perf_counter() - began
        again = _recount(proposal.pk)
        report(f"snapshot of {accounts:,} accounts", taken, "s", recomputed)
        report(f"count of {accounts:,} votes", counted, "s", again)


def _people(accounts: int) -> list[int]:
    from django.db import connection

    from exchange.accounts.models import Customer

    with connection.cursor() as cursor:
        cursor.execute(USERS, [accounts])
        cursor.execute(PEOPLE)
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def _post(people: list[int], name: str, seed: int) -> None:
    """An entry a person: bought at first, sold a part later."""
    from django.db import transaction

    from exchange.assets.models import Asset
    from exchange.ledger import accounts
    from exchange.ledger.post import Batch

    coin, _made = Asset.objects.get_or_create(
        code="BMX", defaults={"name": "BMX", "precision": 18, "kind": "platform"}
    )
    random = Random(seed)  # noqa: S311  a benchmark
    house = accounts.house_account(asset_id=coin.pk, purpose=accounts.CUSTODY)
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        found = accounts.customer_accounts([(each, coin.pk) for each in some])
        with transaction.atomic():
            batch = Batch()
            for each in some:
                bought = random.randrange(10**18, 10**20)
                amount = bought if name == "first" else -(bought // 100)
                text = f"{amount}e-18"
                entry = batch.entry("deposit", f"{name}:{each}")
                batch.leg(entry, house, f"{-amount}e-18", "0")
                batch.leg(entry, found[each, coin.pk], text, "0")
            batch.write()


def _published():
    from exchange.core import clock
    from exchange.core.actors import system
    from launchpad.governance.propose import OptionText, Timeline, open_proposal

    at = clock.now() + timedelta(seconds=1)
    with clock.held_at(at - timedelta(days=2)):
        return open_proposal(
            kind="feature",
            title="What comes first?",
            text="A vote of very many about five things.",
            options=[OptionText(letter, f"Option {letter}") for letter in "abcde"],
            method="ranked",
            timeline=Timeline(at, at + timedelta(hours=1), at + timedelta(days=3)),
            actor=system("bench"),
        )


def _vote(proposal_id: int, at: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(VOTES, [proposal_id, at, at])


def _recount(proposal_id: int) -> float:
    from django.db import transaction

    from launchpad.governance import count, verify_vote
    from launchpad.governance.models import VoteProposal

    proposal = VoteProposal.objects.get(pk=proposal_id)
    with transaction.atomic():
        lines = list(count.file_lines(proposal))
    began = time.perf_counter()
    _header, result, root = verify_vote.recount(lines)
    took = time.perf_counter() - began
    assert (result, root) == (proposal.result, proposal.root)
    return took


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:2]))
