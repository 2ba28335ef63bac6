"""Sanctioned addresses move to compliance, whose lists both gates ask; deposits know their inputs."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

NAMES = {"OFAC": "OFAC addresses"}  # as an import of the same files would call it


def move(apps: Any, schema_editor: Any) -> None:
    """What is listed must not be unlisted until somebody imports a list."""
    before = apps.get_model("wallets", "SanctionedAddress").objects
    versions = apps.get_model("compliance", "ListVersion").objects
    addresses = apps.get_model("compliance", "ListedAddress").objects
    for source in before.values_list("source", flat=True).distinct():
        rows = list(before.filter(source=source))
        name = NAMES.get(source, source)[:20]
        if addresses.filter(source=name).exists():
            continue
        version = versions.create(
            source=name,
            number=1,
            layout="addresses",
            origin="the table of sanctioned addresses before lists had versions",
            sha256="",
            imported_at=max(row.loaded_at for row in rows),
            imported_by="migration",
            addresses=len(rows),
        )
        addresses.bulk_create(
            addresses.model(source=name, ticker=row.ticker, key=row.key, added_in=version)
            for row in rows
        )


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0006_screening"),
        ("exchange", "0011_facts"),
        ("wallets", "0011_accept_fork"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="SanctionedAddress"),
        migrations.AddField(
            model_name="deposit",
            name="senders",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=128), null=True, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="deposit",
            index=models.Index(
                django.db.models.functions.text.Lower("sender"), name="deposits_by_sender"
            ),
        ),
        migrations.AddIndex(
            model_name="deposit",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["senders"], name="deposits_by_senders"
            ),
        ),
    ]
