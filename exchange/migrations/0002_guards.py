"""The guards: what PostgreSQL refuses whoever asks.

- Rows that are written once (audit, ledger, trades, the matcher's log) refuse update, delete and
  truncate.
- Postings must sum to zero per entry and asset, statement by statement, and belong to an entry of
  the same transaction; only their trigger moves balances, after locking the accounts in id order.
- The application's role may not even try: it has no privilege to change those rows.
"""

from django.db import migrations

WRITTEN_ONCE = [
    "exchange_auditevent",
    "exchange_auditseal",
    "exchange_ledgerentry",
    "exchange_posting",
    "exchange_trade",
    "exchange_matchbatch",
]

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: rows of % are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

WRITE_ONCE = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

LEDGER = """
ALTER TABLE exchange_ledgerentry
    ADD COLUMN posted_in xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Its plans are kept for a session's life, and the first batch may be small or the tables new. So
-- the queries are written such that they can only be run one way: each posting looks up its account
-- and its entry by primary key (OFFSET 0 keeps the planner from turning that round).
CREATE FUNCTION ledger_apply_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    bad record;
    change record;
BEGIN
    SELECT p.entry_id INTO bad
      FROM (SELECT DISTINCT entry_id FROM new_postings) p
      LEFT JOIN LATERAL (SELECT posted_in FROM exchange_ledgerentry
                          WHERE id = p.entry_id OFFSET 0) e ON true
     WHERE e.posted_in IS DISTINCT FROM pg_current_xact_id()
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % was not made by this transaction', bad.entry_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_belongs_to_new_entry';
    END IF;

    SELECT p.entry_id, a.asset_id INTO bad
      FROM new_postings p
      LEFT JOIN LATERAL (SELECT asset_id FROM exchange_ledgeraccount
                          WHERE id = p.account_id OFFSET 0) a ON true
     GROUP BY p.entry_id, a.asset_id
    HAVING sum(p.available + p.held) <> 0 OR a.asset_id IS NULL
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance in asset %', bad.entry_id, bad.asset_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;

    -- In id order, so that two writers never wait for each other in a circle.
    FOR change IN
        SELECT account_id, sum(available) AS available, sum(held) AS held
          FROM new_postings GROUP BY account_id ORDER BY account_id
    LOOP
        UPDATE exchange_ledgeraccount
           SET available = available + change.available, held = held + change.held
         WHERE id = change.account_id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER postings_move_balances AFTER INSERT ON exchange_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply_postings();

CREATE FUNCTION ledger_refuse_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: balances move only because postings were inserted', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER balances_move_by_postings BEFORE UPDATE ON exchange_ledgeraccount
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_open_empty BEFORE INSERT ON exchange_ledgeraccount
    FOR EACH ROW WHEN (NEW.available <> 0 OR NEW.held <> 0)
    EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_stay BEFORE DELETE ON exchange_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_never_truncated BEFORE TRUNCATE ON exchange_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_account();
"""

# Row locks need the UPDATE privilege on one column; the trigger above refuses the update itself.
PRIVILEGES = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {tables}, exchange_ledgeraccount FROM holdfast_app;
        GRANT UPDATE (id) ON exchange_ledgeraccount TO holdfast_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION refuse_change()"),
        *(
            migrations.RunSQL(
                WRITE_ONCE.format(table=table),
                f"DROP TRIGGER written_once ON {table}; DROP TRIGGER never_truncated ON {table}",
            )
            for table in WRITTEN_ONCE
        ),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        # Postings of one entry lie side by side, so a block range index finds them at next to no
        # cost for the insert; a B-tree on the hottest table would cost every trade five entries.
        migrations.RunSQL(
            "CREATE INDEX posting_by_entry ON exchange_posting"
            " USING brin (entry_id) WITH (pages_per_range = 8, autosummarize = on)",
            "DROP INDEX posting_by_entry",
        ),
        # Room on each page for updates in place.
        migrations.RunSQL(
            "ALTER TABLE exchange_spotorder SET (fillfactor = 70);"
            "ALTER TABLE exchange_ledgeraccount SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            PRIVILEGES.format(tables=", ".join(WRITTEN_ONCE)), migrations.RunSQL.noop
        ),
    ]
