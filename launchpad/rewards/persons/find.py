"""Find what accounts have in common: for everybody by night, for one when it matters.

A kind of link is a query that gives (owner, key): whoever shares a key is linked to the oldest of
those who do. Keys that very many share are nobody's own (an exchange's address) and link nobody; a
browser is known by a cookie of its own, so that a farm does not get out of sight by growing. Each
kind is one statement, whatever the number of customers.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from launchpad.rewards.models import PersonLink
from launchpad.rewards.persons.joined import Joined

Kind, Strength = PersonLink.Kind, PersonLink.Strength
GROUPS = -1  # the key of the lock under which groups are drawn anew


class Common(NamedTuple):
    """One kind of link. `{only}` in the query keeps it to the keys of one customer."""

    kind: str
    strength: str
    says: str
    most: int  # more who share a key are linked by nothing
    query: str
    only: str


COMMONS = (
    Common(
        Kind.IDENTITY,
        Strength.CERTAIN,
        "the name and the date of birth of both identities",
        50,
        """SELECT i.customer_id AS owner, i.birth_date || ':' || (
                      SELECT string_agg(w, ' ' ORDER BY w) FROM regexp_split_to_table(
                          lower(i.given_names || ' ' || i.family_name), '[^[:alnum:]]+') w
                       WHERE w <> '') AS key
             FROM compliance_identity i
            WHERE i.approved_at IS NOT NULL AND i.kind = 'person' AND i.birth_date IS NOT NULL
                  {only}""",
        """AND i.birth_date IN (SELECT birth_date FROM compliance_identity
                                 WHERE customer_id = %(one)s)""",
    ),
    Common(
        Kind.DOCUMENT,
        Strength.CERTAIN,
        "one picture of a document was sent for both",
        50,
        """SELECT a.customer_id AS owner, d.sha256 AS key
             FROM compliance_document d JOIN compliance_application a ON a.id = d.application_id
            WHERE d.sha256 <> '' {only}""",
        """AND d.sha256 IN (SELECT x.sha256 FROM compliance_document x
                              JOIN compliance_application y ON y.id = x.application_id
                             WHERE y.customer_id = %(one)s)""",
    ),
    Common(
        Kind.DEVICE,
        Strength.SUSPECTED,
        "both logged in with one browser",
        200,
        """SELECT c.id AS owner, d.fingerprint AS key
             FROM exchange_logindevice d JOIN exchange_customer c ON c.user_id = d.user_id
            WHERE true {only}""",
        """AND d.fingerprint IN (SELECT x.fingerprint FROM exchange_logindevice x
                                   JOIN exchange_customer y ON y.user_id = x.user_id
                                  WHERE y.id = %(one)s)""",
    ),
    Common(
        Kind.ADDRESS,
        Strength.SUSPECTED,
        "both withdraw to one address",
        20,
        """SELECT coalesce(c.parent_id, c.id) AS owner,
                  b.network_id || ':' || b.key || ':' || b.memo AS key
             FROM wallets_bookentry b JOIN exchange_customer c ON c.id = b.customer_id
            WHERE true {only}""",
        """AND b.key IN (SELECT key FROM wallets_bookentry WHERE customer_id IN (
                             SELECT id FROM exchange_customer
                              WHERE id = %(one)s OR parent_id = %(one)s))""",
    ),
    Common(
        Kind.IP,
        Strength.HINT,
        "both logged in from one internet address within three months",
        5,
        """SELECT c.id AS owner, d.ip::text AS key
             FROM exchange_logindevice d JOIN exchange_customer c ON c.user_id = d.user_id
            WHERE d.last_seen > now() - interval '90 days' {only}""",
        """AND d.fingerprint IN (SELECT x.fingerprint FROM exchange_logindevice x
                                   JOIN exchange_customer y ON y.user_id = x.user_id
                                  WHERE y.id = %(one)s)""",
    ),
)

_LINK = """
WITH has AS (SELECT DISTINCT owner, key FROM ({query}) found),
shared AS (
    SELECT key, min(owner) AS first FROM has GROUP BY key
    HAVING count(*) BETWEEN 2 AND %(most)s
)
INSERT INTO launchpad_personlink
    (one_id, other_id, kind, strength, says, found_at, dismissed_by, dismissed_because)
SELECT DISTINCT s.first, h.owner, %(kind)s, %(strength)s, %(says)s, %(now)s::timestamptz, '', ''
  FROM shared s JOIN has h ON h.key = s.key AND h.owner <> s.first
 ORDER BY 1, 2
ON CONFLICT (one_id, other_id, kind) DO NOTHING
"""
_STANDING = """
SELECT one_id, other_id, strength = 'certain' FROM launchpad_personlink
 WHERE dismissed_at IS NULL AND strength IN ('certain', 'suspected')
"""
_REGROUP = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
        AS w(customer_id, group_id, certain_id)
), gone AS (
    DELETE FROM launchpad_persongroup g
     WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.customer_id = g.customer_id)
)
INSERT INTO launchpad_persongroup AS g (customer_id, group_id, certain_id)
SELECT customer_id, group_id, certain_id FROM wanted
ON CONFLICT (customer_id) DO UPDATE
    SET group_id = EXCLUDED.group_id, certain_id = EXCLUDED.certain_id
 WHERE (g.group_id, g.certain_id) <> (EXCLUDED.group_id, EXCLUDED.certain_id)
"""


def find_all() -> int:
    """Look for what anybody has in common with anybody. Returns how many links are new.

    Safe to run twice; whoever looks at one customer meanwhile finds the same links.
    """
    with transaction.atomic():
        found = sum(_link(common, None) for common in COMMONS)
        _regroup()
    return found


def look(customer_id: int) -> int:
    """Look for what one main account has in common with others, as of now. Returns how many links
    are new. Indexed reads: for the moment before something is given."""
    with transaction.atomic():
        # An internet address is a hint that nothing is decided by: the night's look will do.
        found = sum(_link(common, customer_id) for common in COMMONS if common.kind != Kind.IP)
        if found:
            _regroup()
    return found


def dismiss(*, link_id: int, actor: Actor, reason: str) -> PersonLink:
    """Two accounts are two people after all: this link counts no more. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason.
    """
    actor.require("launchpad.decide_reward")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        link = PersonLink.objects.select_for_update().filter(pk=link_id).first()
        if link is None:
            raise NotFound(f"There is no link {link_id}.", field="link_id")
        if link.dismissed_at is None:
            link.dismissed_at = clock.now()
            link.dismissed_by = actor.label
            link.dismissed_because = reason[:500]
            link.save()
            record(actor=actor, verb="rewards.dismiss_link", target=link, reason=reason)
            _regroup()
    return link


def _link(common: Common, one: int | None) -> int:
    query = common.query.format(only=common.only if one is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK.format(query=query),
            {
                "one": one,
                "most": common.most,
                "kind": common.kind,
                "strength": common.strength,
                "says": common.says,
                "now": clock.now(),
            },
        )
        return int(cursor.rowcount)


def _regroup() -> None:
    """Draw the groups anew from the links that stand. Joins are few, so all of them are read."""
    locks.hold(locks.Lock.CAMPAIGN, GROUPS)
    groups, certain = Joined(), Joined()
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        for one, other, is_certain in cursor.fetchall():
            groups.join(one, other)
            if is_certain:
                certain.join(one, other)
        accounts = groups.accounts()
        cursor.execute(
            _REGROUP,
            [
                accounts,
                [groups.root(account) for account in accounts],
                [certain.root(account) for account in accounts],
            ],
        )
