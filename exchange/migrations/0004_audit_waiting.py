"""Events that wait for their place in the hash chain, put there by PostgreSQL itself."""

import django.db.models.deletion
from django.db import migrations, models

QUEUE = """
CREATE FUNCTION audit_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exchange_auditwaiting (event_id) SELECT id FROM new_events;
    RETURN NULL;
END $$;
CREATE TRIGGER events_wait_for_their_seal AFTER INSERT ON exchange_auditevent
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_waits();

INSERT INTO exchange_auditwaiting (event_id)
SELECT e.id FROM exchange_auditevent e
 WHERE NOT EXISTS (SELECT FROM exchange_auditseal s WHERE s.event_id = e.id);
"""
UNQUEUE = """
DROP TRIGGER events_wait_for_their_seal ON exchange_auditevent;
DROP FUNCTION audit_event_waits();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_second_factor")]

    operations = [
        migrations.CreateModel(
            name="AuditWaiting",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="exchange.auditevent",
                    ),
                ),
            ],
        ),
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": [("assign_role", "Can give roles to staff and take them away")]
            },
        ),
        migrations.RunSQL(QUEUE, UNQUEUE),
    ]
