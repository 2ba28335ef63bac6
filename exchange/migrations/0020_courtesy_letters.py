from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        # The last of the steps that are taken at once: data that stopped between them is refused.
        ("exchange", "0019_facts_of_the_launchpad"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="courtesy_letters",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
