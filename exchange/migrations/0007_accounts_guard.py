"""Close a way round the guard of accounts.

The guard lets an update through that comes from within a trigger, for that is how postings move
balances. But whoever may make a temporary table may hang a trigger of their own on it; the
application's role could so change an account's id, the one column that it needs a privilege on
for row locks. Now the updating user must hold the privilege on the whole table too, which is the
owner, in whose name the postings' trigger runs.
"""

from django.db import migrations

GUARD = """
DROP TRIGGER balances_move_by_postings ON exchange_ledgeraccount;
CREATE TRIGGER balances_move_by_postings BEFORE UPDATE ON exchange_ledgeraccount
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        OR NOT has_table_privilege('exchange_ledgeraccount'::regclass, 'UPDATE'))
    EXECUTE FUNCTION ledger_refuse_account();
"""
BEFORE = """
DROP TRIGGER balances_move_by_postings ON exchange_ledgeraccount;
CREATE TRIGGER balances_move_by_postings BEFORE UPDATE ON exchange_ledgeraccount
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuse_account();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0006_sub_account_transfers")]

    operations = [migrations.RunSQL(GUARD, BEFORE)]
