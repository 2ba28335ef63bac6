"""The guards: what PostgreSQL refuses whoever asks.

- What was promised, funded, accrued and paid is written once; the application's role may not even
  try.
- So are who had how much at a snapshot, and how a vote was counted.
"""

PAID = [
    "launchpad_funding",
    "launchpad_payoutline",
    "launchpad_terms",
    "launchpad_tier",
    "launchpad_positionchange",
    "launchpad_productday",
    "launchpad_accrual",
]
COUNTED = ["launchpad_snapshotline", "launchpad_countedvote", "launchpad_voteexclusion"]

WRITTEN_ONCE = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
NOT_EVEN_TRIED = """
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM holdfast_app;
    END IF;
END $$;
"""

GUARDS = "".join(
    [
        *(WRITTEN_ONCE.format(table=table) for table in [*COUNTED, *PAID]),
        *(NOT_EVEN_TRIED.format(table=table) for table in PAID),
    ]
)
UNGUARD = "".join(
    [
        *(f"DROP TRIGGER written_once ON {table};" for table in [*COUNTED, *PAID]),
        *(f"DROP TRIGGER never_truncated ON {table};" for table in PAID),
    ]
)
