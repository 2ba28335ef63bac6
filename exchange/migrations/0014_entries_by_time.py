"""Entries by the time they were posted: what was there at a moment is found by what came after.

A block range index costs an insert next to nothing, and entries lie in the order of their times.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exchange", "0013_fact_kinds")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX entry_by_time ON exchange_ledgerentry"
            " USING brin (created_at) WITH (pages_per_range = 8, autosummarize = on)",
            "DROP INDEX entry_by_time",
        )
    ]
