"""What reconciliation found, written once like the books themselves."""

import django.db.models.functions.datetime
from django.db import migrations, models

WRITE_ONCE = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON exchange_reconciliation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON exchange_reconciliation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON exchange_reconciliation FROM holdfast_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0004_audit_waiting")]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ok", models.BooleanField()),
                ("checks", models.JSONField()),
                ("took_ms", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(WRITE_ONCE, migrations.RunSQL.noop),
    ]
