from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("launchpad", "0007_earn_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="persongroup",
            name="certain_id",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
    ]
