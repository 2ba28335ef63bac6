"""A fact may be about something of our own (a wallet) instead of a customer."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0016_listings"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fact",
            name="customer_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                condition=Q(("customer_id__isnull", True)),
                fields=["at"],
                name="facts_of_ourselves",
            ),
        ),
    ]
