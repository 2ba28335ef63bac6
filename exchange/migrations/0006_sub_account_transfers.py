"""Transfers between a customer's own accounts, written once like the entries that carry them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import exchange.core.money

WRITE_ONCE = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON exchange_subaccounttransfer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON exchange_subaccounttransfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON exchange_subaccounttransfer FROM holdfast_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_reconciliation"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubAccountTransfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("parent_id", models.BigIntegerField()),
                ("request_no", models.CharField(max_length=64)),
                ("source_id", models.BigIntegerField()),
                ("destination_id", models.BigIntegerField()),
                ("amount", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.asset",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.ledgerentry",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["parent_id", "-id"], name="transfers_by_parent")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent_id", "request_no"), name="transfer_asked_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(WRITE_ONCE, migrations.RunSQL.noop),
    ]
