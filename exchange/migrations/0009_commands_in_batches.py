"""One row of the queue for all that a verb asks; packed columns are stored as they are.

Commands that wait while this runs keep their meaning: a row without packed orders is looked up.
PostgreSQL would try to compress the packed bytes at every insert, which took more of the matcher's
time than writing them, for a third of their size.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0008_ledger_reversal")]

    operations = [
        migrations.AddField(
            "matchcommand",
            "order_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), null=True),
        ),
        migrations.RunSQL(
            "UPDATE exchange_matchcommand SET order_ids = ARRAY[order_id]", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            "matchcommand",
            "order_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField()),
        ),
        migrations.AddField("matchcommand", "orders", models.BinaryField(null=True)),
        migrations.AddConstraint(
            "matchcommand",
            models.CheckConstraint(
                condition=models.Q(order_ids__len__gt=0), name="command_names_an_order"
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE exchange_matchcommand ALTER COLUMN orders SET STORAGE EXTERNAL;"
            "ALTER TABLE exchange_matchbatch ALTER COLUMN commands SET STORAGE EXTERNAL",
            "ALTER TABLE exchange_matchbatch ALTER COLUMN commands SET STORAGE EXTENDED",
        ),
    ]
