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

CREATE FUNCTION ledger_apply_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT p.entry_id, p.account_id INTO bad
      FROM new_postings p
      LEFT JOIN exchange_ledgeraccount a ON a.id = p.account_id
      LEFT JOIN exchange_ledgerentry e ON e.id = p.entry_id
     WHERE a.id IS NULL OR e.id IS NULL OR e.posted_in <> pg_current_xact_id()
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting to account % of entry %: no such account, or not an entry of this transaction',
            bad.account_id, bad.entry_id USING ERRCODE = 'foreign_key_violation';
    END IF;

    SELECT p.entry_id, a.asset_id INTO bad
      FROM new_postings p JOIN exchange_ledgeraccount a ON a.id = p.account_id
     GROUP BY p.entry_id, a.asset_id
    HAVING sum(p.available + p.held) <> 0
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance in asset %', bad.entry_id, bad.asset_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;

    -- In id order, so that two writers never wait for each other in a circle.
    PERFORM 1 FROM exchange_ledgeraccount
      WHERE id IN (SELECT account_id FROM new_postings) ORDER BY id FOR NO KEY UPDATE;

    UPDATE exchange_ledgeraccount a
       SET available = a.available + d.available, held = a.held + d.held
      FROM (SELECT account_id, sum(available) AS available, sum(held) AS held
              FROM new_postings GROUP BY account_id) d
     WHERE a.id = d.account_id;
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
