"""Compliance's tables as they stood after fifteen steps, made at once, and what guards them."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import exchange.core.money
from compliance.migrations import _guards
from exchange.core.tables import MakeTables


class Migration(migrations.Migration):
    replaces = [
        ("compliance", "0001_identity"),
        ("compliance", "0002_reporting"),
        ("compliance", "0003_reporting_guards"),
        ("compliance", "0004_travel_rule"),
        ("compliance", "0005_monitoring"),
        ("compliance", "0006_screening"),
        ("compliance", "0007_cases"),
        ("compliance", "0008_approve_case"),
        ("compliance", "0009_watching"),
        ("compliance", "0010_identity_pages"),
        ("compliance", "0011_reporting_batches"),
        ("compliance", "0012_names_of_transfers"),
        ("compliance", "0013_market_makers"),
        ("compliance", "0014_names_again"),
        ("compliance", "0015_identities_by_birth_date"),
    ]

    initial = True

    dependencies = [("exchange", "0001_squashed_0019")]

    operations = [
        MakeTables(
            tables=[
                migrations.CreateModel(
                    name="CountryRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("country", models.CharField(max_length=2, unique=True)),
                        ("changes", models.JSONField(default=dict)),
                        ("reason", models.CharField(max_length=500)),
                        ("changed_at", models.DateTimeField()),
                        ("changed_by", models.CharField(max_length=200)),
                        ("applied_at", models.DateTimeField(blank=True, null=True)),
                        ("applied_to", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="Document",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("kind", models.CharField(max_length=24)),
                        ("side", models.CharField(blank=True, max_length=5)),
                        (
                            "state",
                            models.CharField(
                                choices=[("kept", "Kept"), ("replaced", "Replaced")],
                                default="kept",
                                max_length=8,
                            ),
                        ),
                        ("mime", models.CharField(max_length=30)),
                        ("size", models.PositiveIntegerField()),
                        ("pages", models.PositiveSmallIntegerField(default=1)),
                        ("uploaded_at", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="compliance.application",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="documents",
                                to="compliance.owner",
                            ),
                        ),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                    ],
                ),
                migrations.CreateModel(
                    name="Application",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("person", "a person"), ("company", "a company")],
                                default="person",
                                max_length=8,
                            ),
                        ),
                        ("given_names", models.CharField(blank=True, max_length=120)),
                        ("family_name", models.CharField(blank=True, max_length=160)),
                        ("native_name", models.CharField(blank=True, max_length=200)),
                        (
                            "aliases",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                default=list,
                                size=10,
                            ),
                        ),
                        ("birth_date", models.DateField(blank=True, null=True)),
                        ("nationality", models.CharField(blank=True, max_length=2)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("street", models.CharField(blank=True, max_length=160)),
                        ("city", models.CharField(blank=True, max_length=80)),
                        ("region", models.CharField(blank=True, max_length=80)),
                        ("postal_code", models.CharField(blank=True, max_length=20)),
                        ("occupation", models.CharField(blank=True, max_length=120)),
                        ("registration_number", models.CharField(blank=True, max_length=60)),
                        (
                            "tier",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "not verified"),
                                    (1, "basic"),
                                    (2, "full"),
                                    (3, "enhanced"),
                                ],
                                default=1,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "being filled in"),
                                    ("submitted", "waits for a reviewer"),
                                    ("asked", "waits for the customer"),
                                    ("proposed", "waits for a second reviewer"),
                                    ("approved", "Approved"),
                                    ("refused", "Refused"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("contact_name", models.CharField(blank=True, max_length=160)),
                        ("contact_role", models.CharField(blank=True, max_length=80)),
                        ("purpose", models.CharField(blank=True, max_length=20)),
                        ("source_of_funds", models.CharField(blank=True, max_length=20)),
                        ("source_of_wealth", models.CharField(blank=True, max_length=500)),
                        (
                            "declared_yearly",
                            exchange.core.money.AmountField(
                                blank=True, decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("confirmed_true_at", models.DateTimeField(blank=True, null=True)),
                        ("ip", models.GenericIPAddressField(blank=True, null=True)),
                        ("ip_country", models.CharField(blank=True, max_length=2)),
                        (
                            "notes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=20,
                            ),
                        ),
                        (
                            "risk",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("low", "low"),
                                    ("medium", "medium"),
                                    ("high", "high"),
                                    ("prohibited", "prohibited"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("asked_code", models.CharField(blank=True, max_length=40)),
                        ("asked_words", models.CharField(blank=True, max_length=500)),
                        ("claimed_by_id", models.BigIntegerField(blank=True, null=True)),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("started_at", models.DateTimeField()),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="exchange.customer",
                            ),
                        ),
                        ("id_country", models.CharField(blank=True, max_length=2)),
                        ("id_expires_on", models.DateField(blank=True, null=True)),
                        ("id_issuer", models.CharField(blank=True, max_length=120)),
                        ("id_kind", models.CharField(blank=True, max_length=24)),
                        ("proposal_id", models.BigIntegerField(blank=True, null=True)),
                        ("sealed_id_number", models.BinaryField(blank=True, default=b"")),
                        ("sealed_mrz", models.BinaryField(blank=True, default=b"")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "submitted")),
                                fields=["submitted_at", "id"],
                                name="applications_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("draft", "submitted", "asked", "proposed"))
                                ),
                                fields=("customer",),
                                name="one_open_application_a_customer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assessment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("rules_version", models.CharField(max_length=20)),
                        ("score", models.PositiveSmallIntegerField()),
                        (
                            "risk",
                            models.CharField(
                                choices=[
                                    ("low", "low"),
                                    ("medium", "medium"),
                                    ("high", "high"),
                                    ("prohibited", "prohibited"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reasons", models.JSONField(default=list)),
                        (
                            "application",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assessments",
                                to="compliance.application",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assessments",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("approve", "approved"),
                                    ("propose", "proposed to approve"),
                                    ("ask", "asked for more"),
                                    ("refuse", "refused"),
                                    ("return", "sent back to the queue"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("words", models.CharField(blank=True, max_length=500)),
                        ("by", models.CharField(max_length=200)),
                        ("at", models.DateTimeField()),
                        ("checks", models.JSONField(default=list)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="compliance.application",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Identity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("person", "a person"), ("company", "a company")],
                                default="person",
                                max_length=8,
                            ),
                        ),
                        ("given_names", models.CharField(blank=True, max_length=120)),
                        ("family_name", models.CharField(blank=True, max_length=160)),
                        ("native_name", models.CharField(blank=True, max_length=200)),
                        (
                            "aliases",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                default=list,
                                size=10,
                            ),
                        ),
                        ("birth_date", models.DateField(blank=True, null=True)),
                        ("nationality", models.CharField(blank=True, max_length=2)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("street", models.CharField(blank=True, max_length=160)),
                        ("city", models.CharField(blank=True, max_length=80)),
                        ("region", models.CharField(blank=True, max_length=80)),
                        ("postal_code", models.CharField(blank=True, max_length=20)),
                        ("occupation", models.CharField(blank=True, max_length=120)),
                        ("registration_number", models.CharField(blank=True, max_length=60)),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "tier",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "not verified"),
                                    (1, "basic"),
                                    (2, "full"),
                                    (3, "enhanced"),
                                ],
                                default=0,
                            ),
                        ),
                        (
                            "risk",
                            models.CharField(
                                choices=[
                                    ("low", "low"),
                                    ("medium", "medium"),
                                    ("high", "high"),
                                    ("prohibited", "prohibited"),
                                ],
                                default="medium",
                                max_length=10,
                            ),
                        ),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        ("valid_until", models.DateField(blank=True, null=True)),
                        ("refresh_due", models.DateField(blank=True, db_index=True, null=True)),
                        ("refresh_asked_at", models.DateTimeField(blank=True, null=True)),
                        ("lapsed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "declared_yearly",
                            exchange.core.money.AmountField(
                                blank=True, decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identity",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "identities",
                        "permissions": [
                            (
                                "review_application",
                                "Can decide applications of low and medium risk",
                            ),
                            (
                                "approve_high_risk",
                                "Can propose and decide applications of high risk",
                            ),
                            ("see_documents", "Can open what customers uploaded"),
                            ("change_jurisdiction", "Can propose and decide rules for a country"),
                        ],
                        "indexes": [
                            models.Index(fields=["birth_date"], name="identities_by_birth_date")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Owner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("person", "a person"), ("company", "a company")],
                                default="person",
                                max_length=8,
                            ),
                        ),
                        ("given_names", models.CharField(blank=True, max_length=120)),
                        ("family_name", models.CharField(blank=True, max_length=160)),
                        ("native_name", models.CharField(blank=True, max_length=200)),
                        (
                            "aliases",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                default=list,
                                size=10,
                            ),
                        ),
                        ("birth_date", models.DateField(blank=True, null=True)),
                        ("nationality", models.CharField(blank=True, max_length=2)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("street", models.CharField(blank=True, max_length=160)),
                        ("city", models.CharField(blank=True, max_length=80)),
                        ("region", models.CharField(blank=True, max_length=80)),
                        ("postal_code", models.CharField(blank=True, max_length=20)),
                        ("occupation", models.CharField(blank=True, max_length=120)),
                        ("registration_number", models.CharField(blank=True, max_length=60)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "owns a part"),
                                    ("director", "director"),
                                    ("both", "director who owns a part"),
                                    ("control", "controls it otherwise"),
                                ],
                                default="owner",
                                max_length=10,
                            ),
                        ),
                        ("percent", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="owners",
                                to="compliance.application",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)),
                                name="share_is_a_percentage",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Declaration",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("office", models.CharField(max_length=10)),
                        ("connection", models.CharField(blank=True, max_length=10)),
                        ("holder", models.CharField(blank=True, max_length=160)),
                        ("position", models.CharField(blank=True, max_length=160)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("made_at", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="declarations",
                                to="compliance.application",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="declarations",
                                to="compliance.owner",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "owner"),
                                name="one_declaration_a_person",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PepReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done")],
                                default="open",
                                max_length=4,
                            ),
                        ),
                        ("reference", models.CharField(max_length=80)),
                        (
                            "amount_cad",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("happened_at", models.DateTimeField()),
                        ("due", models.DateField(db_index=True)),
                        ("office", models.CharField(blank=True, max_length=10)),
                        ("source_of_funds", models.CharField(blank=True, max_length=500)),
                        ("source_of_wealth", models.CharField(blank=True, max_length=500)),
                        ("findings", models.CharField(blank=True, max_length=500)),
                        ("reviewed_by", models.CharField(blank=True, max_length=200)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pep_reviews",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reference",), name="one_pep_review_a_transfer"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("provider", models.CharField(max_length=30)),
                        ("kind", models.CharField(max_length=10)),
                        ("reference", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "asked"),
                                    ("passed", "Passed"),
                                    ("failed", "Failed"),
                                    ("unsure", "a person must look"),
                                ],
                                default="asked",
                                max_length=8,
                            ),
                        ),
                        (
                            "reasons",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=80),
                                blank=True,
                                default=list,
                                size=20,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checks",
                                to="compliance.application",
                            ),
                        ),
                        ("as_of", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("last_error", models.CharField(blank=True, max_length=300)),
                        ("unsent", models.BooleanField(default=False)),
                        ("url", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("provider", "reference"),
                                name="one_check_a_provider_reference",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("provider", models.CharField(max_length=30)),
                        ("event_id", models.CharField(max_length=80)),
                        ("digest", models.CharField(max_length=64)),
                        ("received_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("provider", "event_id"), name="one_row_a_provider_event"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Verification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("method", models.CharField(max_length=24)),
                        ("sources", models.JSONField(default=list)),
                        ("sealed_number", models.BinaryField(blank=True, default=b"")),
                        ("document_type", models.CharField(blank=True, max_length=24)),
                        ("issuer", models.CharField(blank=True, max_length=120)),
                        ("jurisdiction", models.CharField(blank=True, max_length=2)),
                        ("expires_on", models.DateField(blank=True, null=True)),
                        ("verified_on", models.DateField()),
                        ("verified_by", models.CharField(max_length=200)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verifications",
                                to="compliance.application",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verifications",
                                to="compliance.owner",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Filer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "jurisdiction",
                            models.CharField(
                                choices=[("us", "United States"), ("ca", "Canada")],
                                max_length=2,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=150)),
                        ("street", models.CharField(max_length=100)),
                        ("city", models.CharField(max_length=50)),
                        (
                            "state",
                            models.CharField(
                                help_text="State or province, two letters.", max_length=3
                            ),
                        ),
                        ("postal_code", models.CharField(max_length=9)),
                        ("country", models.CharField(max_length=2)),
                        ("phone", models.CharField(max_length=16)),
                        ("contact_office", models.CharField(max_length=150)),
                        ("contact_person", models.CharField(max_length=150)),
                        ("contact_phone", models.CharField(max_length=16)),
                        (
                            "ein",
                            models.CharField(
                                blank=True, help_text="United States: nine digits.", max_length=9
                            ),
                        ),
                        (
                            "transmitter_code",
                            models.CharField(
                                blank=True,
                                help_text="United States: the Transmitter Control Code.",
                                max_length=8,
                            ),
                        ),
                        (
                            "entity_number",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Canada: FINTRAC's number of seven digits.",
                                null=True,
                            ),
                        ),
                        (
                            "contact_id",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Canada: the contact's number at FINTRAC.",
                                null=True,
                            ),
                        ),
                        ("location_id", models.CharField(blank=True, max_length=30)),
                        ("time_zone", models.CharField(max_length=40)),
                        (
                            "window_starts",
                            models.TimeField(
                                help_text="When the static 24-hour window begins, in this time zone."
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CentralBankRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("currency", models.CharField(max_length=10)),
                        ("on", models.DateField()),
                        ("cad", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("source", models.CharField(max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("currency", "on"), name="one_rate_a_day"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cad__gt", 0)), name="rate_is_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErasureReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("asked_by", models.CharField(max_length=254)),
                        ("findings", models.JSONField()),
                        ("earliest_on", models.DateField(null=True)),
                        ("answer", models.TextField()),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RegulatorCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("table", models.CharField(max_length=60)),
                        ("code", models.CharField(max_length=20)),
                        ("meaning", models.CharField(max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("table", "code"), name="one_meaning_a_code"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Report",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("sar", "SAR: suspicious activity (FinCEN 111)"),
                                    ("ctr", "CTR: currency transactions (FinCEN 112)"),
                                    ("str", "STR: suspicious transactions (FINTRAC)"),
                                    ("lvctr", "LVCTR: large virtual currency (FINTRAC)"),
                                    ("eftr", "EFTR: electronic funds transfers (FINTRAC)"),
                                    ("ofac_blocked", "Blocked property (OFAC)"),
                                    ("ofac_rejected", "Rejected transaction (OFAC)"),
                                    ("ofac_annual", "Annual report of blocked property (OFAC)"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "jurisdiction",
                            models.CharField(
                                choices=[("us", "United States"), ("ca", "Canada")], max_length=2
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("validated", "validated, waits for a second person"),
                                    ("approved", "approved"),
                                    ("exported", "exported, waits for the regulator"),
                                    ("acknowledged", "acknowledged"),
                                    ("locked", "locked"),
                                    ("discarded", "not filed"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("known_at", models.DateTimeField()),
                        ("due_on", models.DateField()),
                        ("payload", models.JSONField(default=dict)),
                        ("errors", models.JSONField(default=list)),
                        ("contents_hash", models.CharField(blank=True, max_length=64)),
                        ("found_by", models.CharField(max_length=200, null=True, unique=True)),
                        ("regulator_id", models.CharField(blank=True, max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=254)),
                        ("changed_at", models.DateTimeField()),
                        ("validated_at", models.DateTimeField(null=True)),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("exported_at", models.DateTimeField(null=True)),
                        ("acknowledged_at", models.DateTimeField(null=True)),
                        ("locked_at", models.DateTimeField(null=True)),
                        ("closed_because", models.CharField(blank=True, max_length=500)),
                        ("retain_until", models.DateField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "continues",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="continuations",
                                to="compliance.report",
                            ),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="compliance.report",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "validated_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="compliance.case",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("see_filings", "Can see reports to regulators and that they exist"),
                            (
                                "file_report",
                                "Can write, validate, export and close reports to regulators",
                            ),
                            (
                                "approve_report",
                                "Can approve reports to regulators that a colleague wrote",
                            ),
                            (
                                "review_erasure",
                                "Can decide what a customer's wish to be forgotten erases",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ("draft", "validated", "approved"))
                                ),
                                fields=["due_on", "id"],
                                name="reports_due",
                            ),
                            models.Index(fields=["customer", "-id"], name="reports_of_customer"),
                            models.Index(fields=["kind", "state", "-id"], name="reports_by_kind"),
                            models.Index(
                                condition=models.Q(("regulator_id", ""), _negated=True),
                                fields=["regulator_id"],
                                name="reports_by_regulator",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    models.Q(
                                        ("approved_by", models.F("validated_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="report_has_two_people",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "state__in",
                                            ["approved", "exported", "acknowledged", "locked"],
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        models.Q(("contents_hash", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="filed_report_was_approved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlockedProperty",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("asset", models.CharField(max_length=15)),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "worth_usd",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("blocked_on", models.DateField()),
                        ("program", models.CharField(max_length=60)),
                        ("listed_name", models.CharField(max_length=200)),
                        ("where_held", models.CharField(max_length=200)),
                        ("released_on", models.DateField(null=True)),
                        ("license_number", models.CharField(blank=True, max_length=60)),
                        ("reference", models.CharField(max_length=120, unique=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocked",
                                to="compliance.report",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "blocked property",
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accepted", "accepted"),
                                    ("warned", "accepted with errors to correct"),
                                    ("rejected", "rejected"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("status_code", models.CharField(blank=True, max_length=40)),
                        ("regulator_id", models.CharField(blank=True, max_length=40)),
                        ("errors", models.JSONField(default=list)),
                        ("file_name", models.CharField(blank=True, max_length=120)),
                        ("content", models.BinaryField(null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=254)),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgements",
                                to="compliance.report",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReportFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("size", models.PositiveIntegerField()),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=254)),
                    ],
                ),
                migrations.CreateModel(
                    name="LegalHold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("authority", models.CharField(max_length=200)),
                        ("placed_at", models.DateTimeField()),
                        ("placed_by", models.CharField(max_length=254)),
                        ("lifted_at", models.DateTimeField(null=True)),
                        ("lifted_by", models.CharField(blank=True, max_length=254)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legal_holds",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["customer"],
                                name="holds_standing",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Counterparty",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("lei", models.CharField(max_length=20, unique=True, verbose_name="LEI")),
                        ("jurisdiction", models.CharField(max_length=2)),
                        ("endpoint", models.URLField(blank=True, max_length=300)),
                        ("public_key", models.CharField(blank=True, max_length=64)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("checked", "being checked"),
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                ],
                                default="checked",
                                max_length=9,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("failed_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                    ],
                    options={
                        "verbose_name_plural": "counterparties",
                        "permissions": [
                            ("change_directory", "Can propose and approve changes of the directory")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AddressOwner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("customer_id", models.BigIntegerField()),
                        ("network", models.CharField(max_length=20)),
                        ("key", models.CharField(max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("own_wallet", "my own wallet"),
                                    ("own_account", "my account at another provider"),
                                    ("other_wallet", "somebody else's wallet"),
                                    ("other_account", "somebody else's account at a provider"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("provider_name", models.CharField(blank=True, max_length=100)),
                        ("sealed", models.BinaryField(null=True)),
                        ("declared_at", models.DateTimeField()),
                        ("replaced_at", models.DateTimeField(blank=True, null=True)),
                        ("challenge", models.CharField(blank=True, max_length=300)),
                        (
                            "challenge_amount",
                            exchange.core.money.AmountField(
                                blank=True, decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("challenge_asset", models.CharField(blank=True, max_length=15)),
                        ("challenged_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("message", "a message signed by the wallet"),
                                    ("satoshi", "a small payment out of the wallet"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("proof_evidence", models.CharField(blank=True, max_length=500)),
                        ("proved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "provider",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.counterparty",
                            ),
                        ),
                        (
                            "names",
                            models.CharField(
                                choices=[
                                    ("unscreened", "not yet compared with the lists"),
                                    ("clear", "on no list"),
                                    ("hit", "may be on a list"),
                                ],
                                default="unscreened",
                                max_length=10,
                            ),
                        ),
                        ("names_through", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("names", "unscreened"), ("replaced_at__isnull", True)
                                ),
                                fields=["id"],
                                name="owners_to_screen",
                            ),
                            models.Index(
                                condition=models.Q(("names", "hit")),
                                fields=["customer_id"],
                                name="owners_with_hits",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("names", "clear"), ("replaced_at__isnull", True)
                                ),
                                fields=["names_through", "id"],
                                name="owners_to_screen_again",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("replaced_at__isnull", True)),
                                fields=("customer_id", "network", "key", "memo"),
                                name="one_standing_owner_of_address",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CounterpartyAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("network", models.CharField(max_length=20)),
                        ("key", models.CharField(max_length=128)),
                        (
                            "proof",
                            models.CharField(
                                choices=[
                                    ("confirmed", "it said so itself, signed"),
                                    ("exchanged", "it took a message about a payment to it"),
                                    ("noted", "an officer wrote it down"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("evidence", models.CharField(blank=True, max_length=500)),
                        ("at", models.DateTimeField()),
                        (
                            "counterparty",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="compliance.counterparty",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "counterparties' addresses",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "key"), name="one_provider_an_address"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("public_key", models.CharField(max_length=64, unique=True)),
                        ("sealed", models.BinaryField()),
                        ("made_at", models.DateTimeField()),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("retired_at__isnull", True)),
                                fields=("retired_at",),
                                name="one_provider_key_in_use",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SeenRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("nonce", models.CharField(max_length=64)),
                        ("at", models.DateTimeField(db_index=True)),
                        (
                            "counterparty",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="compliance.counterparty",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("counterparty", "nonce"), name="a_request_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TravelMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                        (
                            "direction",
                            models.CharField(
                                choices=[("out", "outgoing"), ("in", "incoming")], max_length=3
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("customer", "waits for the customer"),
                                    ("ready", "to be sent"),
                                    ("unreachable", "not delivered yet"),
                                    ("sent", "waits for the other provider"),
                                    ("repair", "something is missing"),
                                    ("staff", "waits for an officer"),
                                    ("received", "received, coins to come"),
                                    ("accepted", "accepted"),
                                    ("kept", "collected and kept"),
                                    ("released", "released by two people"),
                                    ("refused", "refused"),
                                    ("cancelled", "cancelled"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("transfer", models.CharField(blank=True, max_length=40)),
                        ("customer_id", models.BigIntegerField(blank=True, null=True)),
                        ("regime", models.CharField(max_length=8)),
                        ("asset", models.CharField(max_length=15)),
                        ("network", models.CharField(max_length=20)),
                        ("address", models.CharField(max_length=128)),
                        ("key", models.CharField(max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("sender", models.CharField(blank=True, max_length=128)),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "usd",
                            exchange.core.money.AmountField(
                                blank=True, decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("txid", models.CharField(blank=True, max_length=66)),
                        ("sealed", models.BinaryField(null=True)),
                        ("revision", models.PositiveSmallIntegerField(default=0)),
                        ("faults", models.JSONField(blank=True, default=list)),
                        ("says", models.CharField(blank=True, max_length=500)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("keep_until", models.DateField()),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "counterparty",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="compliance.counterparty",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.addressowner",
                            ),
                        ),
                        (
                            "names",
                            models.CharField(
                                choices=[
                                    ("unscreened", "not yet compared with the lists"),
                                    ("clear", "on no list"),
                                    ("hit", "may be on a list"),
                                ],
                                default="clear",
                                max_length=10,
                            ),
                        ),
                        ("names_through", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "permissions": [
                            (
                                "work_travelmessage",
                                "Can resend, ask again and refuse under the travel rule",
                            ),
                            (
                                "release_travelmessage",
                                "Can propose and approve transfers without complete data",
                            ),
                            (
                                "see_travelpayload",
                                "Can read the personal data in travel-rule messages",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["ready", "unreachable"])),
                                fields=["next_try_at", "id"],
                                name="travel_to_send",
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "customer",
                                            "ready",
                                            "unreachable",
                                            "sent",
                                            "repair",
                                            "received",
                                        ],
                                    )
                                ),
                                fields=["due_at", "id"],
                                name="travel_due",
                            ),
                            models.Index(fields=["state", "id"], name="travel_by_state"),
                            models.Index(fields=["network", "key", "id"], name="travel_by_address"),
                            models.Index(fields=["customer_id", "-id"], name="travel_of_customer"),
                            models.Index(
                                condition=models.Q(("erased_at__isnull", True)),
                                fields=["keep_until"],
                                name="travel_to_erase",
                            ),
                            models.Index(
                                condition=models.Q(("names", "unscreened")),
                                fields=["id"],
                                name="travel_to_screen",
                            ),
                            models.Index(
                                condition=models.Q(("names", "hit")),
                                fields=["customer_id"],
                                name="travel_with_hits",
                            ),
                            models.Index(
                                condition=models.Q(("owner__isnull", False)),
                                fields=["owner", "-id"],
                                name="travel_of_owner",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("direction", "in"),
                                    ("names", "clear"),
                                    ("sealed__isnull", False),
                                ),
                                fields=["names_through", "id"],
                                name="travel_to_screen_again",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("transfer", ""), _negated=True),
                                fields=("transfer",),
                                name="one_message_a_transfer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TravelExchange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("to_us", models.BooleanField()),
                        ("what", models.CharField(max_length=20)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("outcome", models.CharField(max_length=300)),
                        ("body_sha256", models.CharField(max_length=64)),
                        ("at", models.DateTimeField()),
                        (
                            "counterparty",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.counterparty",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exchanges",
                                to="compliance.travelmessage",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["message", "id"], name="travel_exchanges")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("subject", models.CharField(max_length=80)),
                        ("scenario", models.CharField(max_length=60)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("title", models.CharField(max_length=120)),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("live", "as it happened"),
                                    ("look_back", "a look-back"),
                                    ("room", "told by a room"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("window_start", models.DateTimeField()),
                        ("window_end", models.DateTimeField()),
                        ("at", models.DateTimeField()),
                        ("facts_known_at", models.DateTimeField()),
                        ("raised_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5),
                                ]
                            ),
                        ),
                        ("score", models.FloatField(null=True)),
                        ("score_reasons", models.JSONField(default=list)),
                        ("explanation", models.TextField()),
                        ("evidence", models.JSONField(default=dict)),
                        (
                            "ring",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), default=list, size=None
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("in_case", "in a case"),
                                    ("closed", "closed"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [("label_alert", "Can say what alerts turned out to be")],
                        "indexes": [
                            models.Index(
                                fields=["subject", "scenario", "-window_end"],
                                name="alerts_of_subject",
                            ),
                            models.Index(fields=["customer", "-id"], name="alerts_of_customer"),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["-severity", "-score", "-id"],
                                name="alerts_waiting",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["ring"], name="alerts_of_ring"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("subject", "scenario", "window_start", "window_end"),
                                name="one_alert_a_window",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("window_start__lte", models.F("window_end"))),
                                name="alert_window_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertLabel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("productive", "led to a report or a restriction"),
                                    ("explained", "unusual, and explained"),
                                    ("false_positive", "nothing there"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("labelled_by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="labels",
                                to="compliance.alert",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["alert", "-id"], name="labels_of_alert")],
                    },
                ),
                migrations.CreateModel(
                    name="Scenario",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("version", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=120)),
                        ("description", models.TextField(blank=True)),
                        ("parameters", models.JSONField(default=dict)),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                default=3,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5),
                                ],
                            ),
                        ),
                        ("cooldown_hours", models.PositiveIntegerField(default=168)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("active", "active"),
                                    ("retired", "retired"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("change_note", models.CharField(blank=True, max_length=500)),
                        ("created_by", models.CharField(max_length=254)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("activated_at", models.DateTimeField(blank=True, null=True)),
                        ("activated_by", models.CharField(blank=True, max_length=254)),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "permissions": [
                            (
                                "draft_scenario",
                                "Can draft new versions of scenarios and run look-backs",
                            ),
                            (
                                "activate_scenario",
                                "Can propose and approve that a scenario takes effect",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("name", "version"), name="scenario_version_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "active")),
                                fields=("name",),
                                name="one_active_version",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListedAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("source", models.CharField(max_length=20)),
                        ("ticker", models.CharField(max_length=15)),
                        ("key", models.CharField(db_index=True, max_length=128)),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="compliance.listentry",
                            ),
                        ),
                        (
                            "added_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                        (
                            "removed_in",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "listed addresses",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "ticker", "key"), name="one_listed_address"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("source", models.CharField(max_length=20)),
                        ("uid", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("person", "person"),
                                    ("entity", "company or organisation"),
                                    ("vessel", "vessel"),
                                    ("aircraft", "aircraft"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("name", models.CharField(max_length=400)),
                        ("contents", models.JSONField()),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "added_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                        (
                            "changed_in",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                        (
                            "removed_in",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "list entries",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "uid"), name="one_entry_a_listed_number"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                choices=[
                                    ("name", "a name"),
                                    ("address", "an address"),
                                    ("party", "the other party of a transfer"),
                                ],
                                default="name",
                                max_length=7,
                            ),
                        ),
                        ("subject", models.CharField(max_length=120)),
                        ("subject_name", models.CharField(max_length=400)),
                        ("customer_version", models.PositiveIntegerField()),
                        ("entry_version", models.PositiveIntegerField(default=0)),
                        ("score", models.PositiveSmallIntegerField()),
                        ("parts", models.JSONField(default=list)),
                        ("theirs", models.JSONField(default=dict)),
                        ("listed", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "to be looked at"),
                                    ("unsure", "more is needed"),
                                    ("true", "is the listed one"),
                                    ("false", "is somebody else"),
                                    ("superseded", "replaced by a newer comparison"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("raised_at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("decided_by", models.CharField(blank=True, max_length=254)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hits",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "address",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hits",
                                to="compliance.listedaddress",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hits",
                                to="compliance.listentry",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            (
                                "decide_hit",
                                "Can decide screening hits, and propose and approve clearing them",
                            ),
                            ("screen_name", "Can screen one name against the lists"),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["open", "unsure"])),
                                fields=["-score", "id"],
                                name="hits_waiting",
                            ),
                            models.Index(fields=["state", "id"], name="hits_by_state"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("about", "name")),
                                fields=(
                                    "customer",
                                    "subject",
                                    "entry",
                                    "customer_version",
                                    "entry_version",
                                ),
                                name="one_hit_a_pair_of_versions",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("about", "address")),
                                fields=("customer", "subject", "address"),
                                name="one_hit_an_address_and_movement",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("about", "party")),
                                fields=(
                                    "customer",
                                    "subject",
                                    "entry",
                                    "subject_name",
                                    "entry_version",
                                ),
                                name="one_hit_a_party_of_a_transfer",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Blocking",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("known_at", models.DateTimeField()),
                        ("source", models.CharField(max_length=20)),
                        ("why", models.CharField(max_length=500)),
                        ("restrictions", models.JSONField(default=list)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blockings",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "hit",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocking",
                                to="compliance.hit",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ListVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("source", models.CharField(max_length=20)),
                        ("number", models.PositiveIntegerField()),
                        ("layout", models.CharField(max_length=20)),
                        ("origin", models.CharField(max_length=300)),
                        ("sha256", models.CharField(max_length=64)),
                        ("files", models.JSONField(default=list)),
                        ("published", models.CharField(blank=True, max_length=40)),
                        ("imported_at", models.DateTimeField()),
                        ("imported_by", models.CharField(max_length=254)),
                        ("entries", models.PositiveIntegerField(default=0)),
                        ("addresses", models.PositiveIntegerField(default=0)),
                        ("added", models.PositiveIntegerField(default=0)),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("removed", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "permissions": [
                            ("import_list", "Can import sanctions lists and re-screen everyone")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "number"), name="one_version_a_number"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("added", "added"),
                                    ("changed", "changed"),
                                    ("removed", "removed"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="compliance.listentry",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="compliance.listversion",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("version", "entry"), name="one_change_a_version"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rescreen",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("delta", "what a list added or changed"),
                                    ("full", "all lists"),
                                ],
                                max_length=5,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("running", "under way"), ("done", "done")],
                                default="running",
                                max_length=7,
                            ),
                        ),
                        ("cursor", models.BigIntegerField(default=0)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("hits", models.PositiveIntegerField(default=0)),
                        ("addresses_done", models.BooleanField(default=False)),
                        ("started_at", models.DateTimeField()),
                        ("started_by", models.CharField(max_length=254)),
                        ("moved_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "version",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rescreens",
                                to="compliance.listversion",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "delta")),
                                fields=("version",),
                                name="one_delta_a_version",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Screened",
                    fields=[
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="screened",
                                serialize=False,
                                to="exchange.customer",
                            ),
                        ),
                        ("customer_version", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "through",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.listversion",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "screened customers",
                    },
                ),
                migrations.CreateModel(
                    name="CaseEvidence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=150)),
                        ("kind", models.CharField(max_length=40)),
                        ("size", models.PositiveIntegerField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "source",
                            models.CharField(
                                choices=[("staff", "staff"), ("customer", "the customer")],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="compliance.case",
                            ),
                        ),
                        (
                            "question",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="compliance.casequestion",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("case", "sha256"), name="a_file_once_in_a_case"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("subject", models.CharField(max_length=80)),
                        (
                            "queue",
                            models.CharField(
                                choices=[
                                    ("triage", "L1 triage"),
                                    ("investigation", "L2 investigation"),
                                    ("mlro", "MLRO"),
                                ],
                                default="triage",
                                max_length=13,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "open"), ("closed", "closed")],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("severity", models.PositiveSmallIntegerField(default=1)),
                        ("risk", models.PositiveSmallIntegerField(default=1)),
                        (
                            "exposure_usd",
                            models.DecimalField(decimal_places=2, default=0, max_digits=20),
                        ),
                        ("weight", models.PositiveIntegerField(default=1)),
                        ("sanctions", models.BooleanField(default=False)),
                        ("raised_at", models.DateTimeField()),
                        ("facts_known_at", models.DateTimeField()),
                        ("opened_at", models.DateTimeField()),
                        ("queued_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "disposition",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("false_positive", "false positive"),
                                    ("explained", "explained"),
                                    ("monitor", "monitor more closely"),
                                    ("exit", "end the relationship"),
                                    ("report", "report"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("closed_late", models.BooleanField(default=False)),
                        ("reopened", models.PositiveSmallIntegerField(default=0)),
                        ("look_again_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("triage_case", "Can work cases in L1 triage"),
                            ("investigate_case", "Can work cases in L2 investigation"),
                            ("decide_case", "Can work cases in the MLRO's queue"),
                            ("approve_case", "Can approve dispositions that take two people"),
                            ("reassign_case", "Can take a case away from whoever claimed it"),
                            ("review_case", "Can review the quality of closed cases"),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["queue"],
                                name="open_cases",
                            ),
                            models.Index(
                                condition=models.Q(("state", "closed")),
                                fields=["closed_at"],
                                name="closed_cases",
                            ),
                            models.Index(
                                condition=models.Q(("look_again_at__isnull", False)),
                                fields=["look_again_at"],
                                name="cases_to_look_at_again",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("subject",),
                                name="one_open_case_a_subject",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", True),
                                        ("disposition", ""),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("state", "closed"),
                                        models.Q(("disposition", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="closed_case_says_how",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "alert",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="in_case",
                                to="compliance.alert",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="compliance.case",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CaseCustomer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="people",
                                to="compliance.case",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("case", "customer"), name="once_in_a_case"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "disposition",
                            models.CharField(
                                choices=[
                                    ("false_positive", "false positive"),
                                    ("explained", "explained"),
                                    ("monitor", "monitor more closely"),
                                    ("exit", "end the relationship"),
                                    ("report", "report"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("reason_code", models.CharField(max_length=40)),
                        ("rationale", models.CharField(max_length=1000)),
                        ("at", models.DateTimeField()),
                        ("overturned_at", models.DateTimeField(null=True)),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="compliance.case",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    models.Q(("approved_by", models.F("by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_decided_by_two_differs",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseEvidenceContent",
                    fields=[
                        (
                            "evidence",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="content",
                                serialize=False,
                                to="compliance.caseevidence",
                            ),
                        ),
                        ("sealed", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="CaseLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("why", models.CharField(max_length=300)),
                        ("by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField()),
                        (
                            "newer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links_to_older",
                                to="compliance.case",
                            ),
                        ),
                        (
                            "older",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links_to_newer",
                                to="compliance.case",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("older", "newer"), name="cases_linked_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("older__lt", models.F("newer"))),
                                name="older_case_first",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("text", models.TextField(max_length=5000)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="compliance.case",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CaseQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("text", models.TextField(max_length=2000)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "waits for the customer"),
                                    ("answered", "answered"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("answer", models.TextField(blank=True, max_length=5000)),
                        ("answered_at", models.DateTimeField(null=True)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="questions",
                                to="compliance.case",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["customer"],
                                name="questions_to_answer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseReview",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("waiting", "waits for a reviewer"),
                                    ("upheld", "upheld"),
                                    ("overturned", "overturned"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("drawn_at", models.DateTimeField()),
                        ("reviewed_at", models.DateTimeField(null=True)),
                        ("finding", models.CharField(blank=True, max_length=1000)),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="compliance.case",
                            ),
                        ),
                        (
                            "decision",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review",
                                to="compliance.casedecision",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("verdict", "waiting")),
                                fields=["id"],
                                name="reviews_waiting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowedMarket",
                    fields=[
                        (
                            "market",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="exchange.market",
                            ),
                        ),
                        ("version", models.BigIntegerField(default=0)),
                        ("trade_id", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="ScoreModel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("trained_at", models.DateTimeField()),
                        ("labels", models.PositiveIntegerField()),
                        ("productive", models.PositiveIntegerField()),
                        ("trees", models.JSONField()),
                        ("quality", models.JSONField(default=dict)),
                    ],
                ),
                migrations.CreateModel(
                    name="Watch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("batch", models.BigIntegerField(default=0)),
                        ("facts", models.BigIntegerField(default=0)),
                        ("watched_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name_plural": "watches",
                    },
                ),
                migrations.CreateModel(
                    name="LookBack",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("raises", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("running", "running"),
                                    ("done", "done"),
                                    ("failed", "failed"),
                                    ("stopped", "stopped"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("steps", models.PositiveIntegerField(default=0)),
                        ("steps_done", models.PositiveIntegerField(default=0)),
                        ("doing", models.CharField(blank=True, max_length=120)),
                        ("facts", models.BigIntegerField(default=0)),
                        ("figures", models.JSONField(default=dict)),
                        ("found", models.PositiveIntegerField(default=0)),
                        ("raised", models.PositiveIntegerField(default=0)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("asked_by", models.CharField(max_length=254)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("started_at", models.DateTimeField(null=True)),
                        ("touched_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "champion",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.scenario",
                            ),
                        ),
                        (
                            "scenario",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="look_backs",
                                to="compliance.scenario",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "running"])),
                                fields=["id"],
                                name="look_backs_open",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentPage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("width", models.PositiveIntegerField()),
                        ("height", models.PositiveIntegerField()),
                        ("sealed", models.BinaryField()),
                        (
                            "document",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="compliance.document",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("document", "number"), name="pages_have_numbers"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FiledIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                            models.UniqueConstraint(
                                fields=("file", "place"), name="one_report_a_place"
                            ),
                            models.UniqueConstraint(
                                fields=("file", "report"), name="once_in_a_file"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MarketMaker",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("agreement", models.CharField(max_length=100)),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("reason", models.CharField(max_length=500)),
                        ("agreed_by", models.CharField(max_length=254)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_by", models.CharField(blank=True, max_length=254)),
                        ("end_reason", models.CharField(blank=True, max_length=500)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="market_maker_agreements",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            (
                                "mark_marketmaker",
                                "Can propose, approve and end that somebody is a market maker",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("customer",),
                                name="one_standing_market_maker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("since"))),
                                name="market_maker_for_some_time",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(_guards.GUARDS, _guards.UNGUARD),
    ]
