"""A file holds several reports; a report knows its case."""

import django.db.models.deletion
from django.db import migrations, models

UNGUARD = """
DROP TRIGGER written_once ON compliance_reportfile;
"""

GUARD = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_filedin
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_filed();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON compliance_filedin
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A file goes when every report that it held has gone.
CREATE FUNCTION compliance_guard_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT FROM compliance_filedin f WHERE f.file_id = OLD.id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: rows of % are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_reportfile
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_file();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0010_identity_pages"),
    ]

    operations = [
        migrations.RunSQL(UNGUARD, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="reportfile",
            name="report",
        ),
        migrations.AddField(
            model_name="report",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="compliance.case",
            ),
        ),
        migrations.CreateModel(
            name="FiledIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="compliance.reportfile",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filed_in",
                        to="compliance.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("file", "place"), name="one_report_a_place"),
                    models.UniqueConstraint(fields=("file", "report"), name="once_in_a_file"),
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
