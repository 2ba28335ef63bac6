import django.db.models.deletion
from django.db import migrations, models

import exchange.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0020_courtesy_letters"),
        # The last of the steps that are taken at once: data that stopped between them is refused.
        ("launchpad", "0008_certain_persons"),
    ]

    operations = [
        migrations.CreateModel(
            name="SaleTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                ("committed", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.AddField(
            model_name="sale",
            name="left_out",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="sale",
            name="left_out_amount",
            field=exchange.core.money.AmountField(decimal_places=18, default=0, max_digits=38),
        ),
        migrations.AddField(
            model_name="salerelease",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="left_out",
            field=models.CharField(
                blank=True,
                choices=[
                    ("restricted", "restricted"),
                    ("insider", "staff or the project"),
                    ("sub_account", "a sub-account by now"),
                    ("identity", "identity not sufficient"),
                    ("country", "country left out"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(
                    models.Q(("left_out", ""), _negated=True), ("settled_at__isnull", True)
                ),
                fields=["sale", "id"],
                name="sale_left_out",
            ),
        ),
        migrations.AddField(
            model_name="saleturn",
            name="sale",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="launchpad.sale"
            ),
        ),
        migrations.AddField(
            model_name="saleturn",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="turns",
                to="launchpad.subscription",
            ),
        ),
        migrations.AddConstraint(
            model_name="saleturn",
            constraint=models.UniqueConstraint(fields=("sale", "place"), name="one_turn_a_place"),
        ),
        migrations.AddConstraint(
            model_name="saleturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("committed__gt", 0)), name="turn_has_money"
            ),
        ),
    ]
