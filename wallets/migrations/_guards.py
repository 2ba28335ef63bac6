"""A published snapshot can't be changed by anybody: PostgreSQL refuses, whatever a verb would do.

Rows below a snapshot are looked at one by one when they are changed or taken away, which is rare,
and a statement at a time when they are added, for they are added by the million. The snapshot is
locked while it is asked, so that a proof that comes in and a publication are one after the other.
"""

FROZEN = """
CREATE FUNCTION reserves_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: snapshot % is published', TG_OP, OLD.name
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_is_frozen BEFORE UPDATE OR DELETE ON wallets_snapshot
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION reserves_refuse_published();

CREATE FUNCTION reserves_refuse_below(snapshot bigint, what text, whose text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM wallets_snapshot WHERE id = snapshot FOR SHARE;
    IF stands = 'published' THEN
        RAISE EXCEPTION '% of % refused: snapshot % is published', what, whose, snapshot
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
"""

# How a row of each table leads to its snapshot.
BELOW = {
    "wallets_liabilitytree": "{row}.snapshot_id",
    "wallets_snapshotholder": "{row}.snapshot_id",
    "wallets_reserveaddress": "{row}.snapshot_id",
    "wallets_liability": (
        "(SELECT t.snapshot_id FROM wallets_liabilitytree t WHERE t.id = {row}.tree_id)"
    ),
    "wallets_leafblock": (
        "(SELECT t.snapshot_id FROM wallets_liabilitytree t WHERE t.id = {row}.tree_id)"
    ),
    "wallets_reserveholding": (
        "(SELECT a.snapshot_id FROM wallets_reserveaddress a WHERE a.id = {row}.address_id)"
    ),
}

ROW = """
CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reserves_refuse_below({old}, TG_OP, TG_TABLE_NAME);
    IF TG_OP = 'UPDATE' THEN
        PERFORM reserves_refuse_below({new}, TG_OP, TG_TABLE_NAME);
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER published_is_frozen BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_frozen();

CREATE FUNCTION {table}_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    snapshot bigint;
BEGIN
    FOR snapshot IN SELECT DISTINCT {added} FROM (SELECT DISTINCT {key} FROM added_rows) r LOOP
        PERFORM reserves_refuse_below(snapshot, TG_OP, TG_TABLE_NAME);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER published_is_closed AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added_rows FOR EACH STATEMENT EXECUTE FUNCTION {table}_closed();
"""
KEYS = {
    "wallets_liability": "tree_id",
    "wallets_leafblock": "tree_id",
    "wallets_reserveholding": "address_id",
}


def guarded(table: str, path: str) -> str:
    return ROW.format(
        table=table,
        old=path.format(row="OLD"),
        new=path.format(row="NEW"),
        added=path.format(row="r"),
        key=KEYS.get(table, "snapshot_id"),
    )


GUARDS = FROZEN + "".join(guarded(table, path) for table, path in BELOW.items())
UNGUARD = "DROP FUNCTION reserves_refuse_published, reserves_refuse_below CASCADE;" + "".join(
    f"DROP FUNCTION {table}_frozen, {table}_closed CASCADE;" for table in BELOW
)
