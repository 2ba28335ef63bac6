"""The guards: what PostgreSQL refuses whoever asks.

- Rows that are written once (audit, ledger, trades, the matcher's log, transfers between a
  customer's own accounts, facts, what reconciliation found) refuse update, delete and truncate.
- Postings must sum to zero per entry and asset, statement by statement, and belong to an entry of
  the same transaction; only their trigger moves balances, after locking the accounts in id order.
- An audit event waits for its place in the hash chain, put there by PostgreSQL itself.
- The application's role may not even try: it has no privilege to change those rows.
"""

WRITTEN_ONCE = [
    "exchange_auditevent",
    "exchange_auditseal",
    "exchange_ledgerentry",
    "exchange_posting",
    "exchange_trade",
    "exchange_matchbatch",
    "exchange_reconciliation",
    "exchange_subaccounttransfer",
    "exchange_fact",
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
-- the queries are written such that they can only be run one way: accounts and entries are looked up
-- by primary key, as arrays, and hashed against the postings; never is a whole table read.
CREATE FUNCTION ledger_apply_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    account_ids bigint[] := ARRAY(SELECT DISTINCT account_id FROM new_postings ORDER BY 1);
    entry_ids bigint[] := ARRAY(SELECT DISTINCT entry_id FROM new_postings);
    found_rows bigint;
    bad record;
BEGIN
    SELECT count(*) INTO found_rows FROM exchange_ledgerentry
     WHERE id = ANY(entry_ids) AND posted_in = pg_current_xact_id();
    IF found_rows <> cardinality(entry_ids) THEN
        RAISE EXCEPTION 'a posting belongs to an entry that this transaction did not make'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_belongs_to_new_entry';
    END IF;

    -- In id order, so that two writers never wait for each other in a circle.
    PERFORM 1 FROM exchange_ledgeraccount WHERE id = ANY(account_ids)
      ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows <> cardinality(account_ids) THEN
        RAISE EXCEPTION 'a posting names an account that does not exist'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'posting_names_an_account';
    END IF;

    SELECT p.entry_id, a.asset_id INTO bad
      FROM new_postings p
      JOIN exchange_ledgeraccount a ON a.id = p.account_id AND a.id = ANY(account_ids)
     GROUP BY p.entry_id, a.asset_id
    HAVING sum(p.available + p.held) <> 0
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance in asset %', bad.entry_id, bad.asset_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;

    UPDATE exchange_ledgeraccount a
       SET available = a.available + d.available, held = a.held + d.held
      FROM (SELECT account_id, sum(available) AS available, sum(held) AS held
              FROM new_postings GROUP BY account_id) d
     WHERE a.id = d.account_id AND a.id = ANY(account_ids);
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

-- The guard lets an update through that comes from within a trigger, for that is how postings move
-- balances. But whoever may make a temporary table may hang a trigger of their own on it, and so
-- change an account's id, the one column that the application's role needs a privilege on for row
-- locks. So the updating user must hold the privilege on the whole table too, which is the owner,
-- in whose name the postings' trigger runs.
CREATE TRIGGER balances_move_by_postings BEFORE UPDATE ON exchange_ledgeraccount
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        OR NOT has_table_privilege('exchange_ledgeraccount'::regclass, 'UPDATE'))
    EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_open_empty BEFORE INSERT ON exchange_ledgeraccount
    FOR EACH ROW WHEN (NEW.available <> 0 OR NEW.held <> 0)
    EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_stay BEFORE DELETE ON exchange_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_account();
CREATE TRIGGER accounts_never_truncated BEFORE TRUNCATE ON exchange_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_account();
"""

QUEUE = """
CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exchange_auditwaiting (event_id) SELECT id FROM new_events;
    RETURN NULL;
END $$;
CREATE TRIGGER events_wait_for_their_seal AFTER INSERT ON exchange_auditevent
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_waits();
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

# Room on each page for updates in place. Packed bytes are stored as they are: PostgreSQL would try
# to compress them at every insert, which took more of the matcher's time than writing them.
STORAGE = """
ALTER TABLE exchange_spotorder SET (fillfactor = 70);
ALTER TABLE exchange_ledgeraccount SET (fillfactor = 50);
ALTER TABLE exchange_matchcommand ALTER COLUMN orders SET STORAGE EXTERNAL;
ALTER TABLE exchange_matchbatch ALTER COLUMN commands SET STORAGE EXTERNAL;
"""

# Postings of one entry lie side by side, so a block range index finds them at next to no cost for
# the insert; a B-tree on the hottest table would cost every trade five entries. Entries lie in the
# order of their times: what was there at a moment is found by what came after.
BLOCK_RANGES = """
CREATE INDEX posting_by_entry ON exchange_posting
    USING brin (entry_id) WITH (pages_per_range = 8, autosummarize = on);
CREATE INDEX entry_by_time ON exchange_ledgerentry
    USING brin (created_at) WITH (pages_per_range = 8, autosummarize = on);
"""

GUARDS = "\n".join(
    [
        REFUSE_CHANGE,
        *(WRITE_ONCE.format(table=table) for table in WRITTEN_ONCE),
        LEDGER,
        QUEUE,
        STORAGE,
        BLOCK_RANGES,
        PRIVILEGES.format(tables=", ".join(WRITTEN_ONCE)),
    ]
)
UNGUARD = (
    "DROP FUNCTION refuse_change, ledger_apply_postings, ledger_refuse_account, audit_event_waits"
    " CASCADE"
)
