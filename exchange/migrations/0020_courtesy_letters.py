from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0001_squashed_0019"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="courtesy_letters",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
