"""The venue's tables as they stood after nineteen steps, made at once, and what guards them."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import exchange.core.money
from exchange.core.tables import MakeTables
from exchange.migrations import _guards


class Migration(migrations.Migration):
    replaces = [
        ("exchange", "0001_initial"),
        ("exchange", "0002_guards"),
        ("exchange", "0003_second_factor"),
        ("exchange", "0004_audit_waiting"),
        ("exchange", "0005_reconciliation"),
        ("exchange", "0006_sub_account_transfers"),
        ("exchange", "0007_accounts_guard"),
        ("exchange", "0008_ledger_reversal"),
        ("exchange", "0009_commands_in_batches"),
        ("exchange", "0010_staff_invitations"),
        ("exchange", "0011_facts"),
        ("exchange", "0012_switch_customer_message"),
        ("exchange", "0013_fact_kinds"),
        ("exchange", "0014_entries_by_time"),
        ("exchange", "0015_fee_standings"),
        ("exchange", "0016_listings"),
        ("exchange", "0017_facts_of_ourselves"),
        ("exchange", "0018_devices_by_fingerprint"),
        ("exchange", "0019_facts_of_the_launchpad"),
    ]

    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        MakeTables(
            tables=[
                migrations.CreateModel(
                    name="Market",
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
                            "symbol",
                            models.CharField(
                                max_length=31,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator("^[A-Z0-9]+_[A-Z0-9]+$")
                                ],
                            ),
                        ),
                        ("price_precision", models.PositiveSmallIntegerField()),
                        ("size_precision", models.PositiveSmallIntegerField()),
                        ("quote_precision", models.PositiveSmallIntegerField()),
                        (
                            "min_size",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "max_size",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "min_notional",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("maker_rate", models.DecimalField(decimal_places=6, max_digits=8)),
                        ("taker_rate", models.DecimalField(decimal_places=6, max_digits=8)),
                        ("fee_class", models.CharField(default="C", max_length=1)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pre-trade", "Pre Trade"),
                                    ("trading", "Trading"),
                                    ("cancel-only", "Cancel Only"),
                                    ("halted", "Halted"),
                                    ("delisted", "Delisted"),
                                ],
                                default="trading",
                                max_length=12,
                            ),
                        ),
                        ("status_reason", models.CharField(blank=True, max_length=300)),
                        ("liquid", models.BooleanField(default=False)),
                        (
                            "reference_price",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("rank", models.PositiveIntegerField(db_index=True, default=100000)),
                        (
                            "base",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "quote",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        ("guarded_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "tag",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("new", "new"),
                                    ("special", "special treatment"),
                                    ("delisting", "will be delisted"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("tag_says", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["rank", "symbol"],
                        "permissions": [
                            ("halt_market", "Can halt and reopen a market"),
                            ("delist_market", "Can take a market off for good"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "quote_precision__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("price_precision"),
                                            "+",
                                            models.F("size_precision"),
                                        ),
                                    )
                                ),
                                name="notional_is_exact",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("maker_rate__gte", 0),
                                    ("maker_rate__lte", models.F("taker_rate")),
                                    ("taker_rate__gte", 0),
                                    ("taker_rate__lte", Decimal("0.05")),
                                ),
                                name="fee_rates_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Network",
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
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=60)),
                        ("family", models.CharField(max_length=20)),
                        ("native_asset", models.CharField(max_length=15)),
                        ("confirmations", models.PositiveIntegerField()),
                        ("memo_required", models.BooleanField(default=False)),
                        ("memo_name", models.CharField(blank=True, max_length=30)),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="Switch",
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
                        ("name", models.CharField(max_length=64, unique=True)),
                        ("closed", models.BooleanField(default=False)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        ("changed_by", models.CharField(blank=True, max_length=200)),
                        ("customer_message", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "verbose_name_plural": "switches",
                        "permissions": [("throw_switch", "Can close and open kill switches")],
                    },
                ),
                migrations.CreateModel(
                    name="User",
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
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, unique=True)),
                        ("name", models.CharField(blank=True, max_length=150)),
                        ("is_staff", models.BooleanField(db_index=True, default=False)),
                        ("is_active", models.BooleanField(default=True)),
                        ("language", models.CharField(default="en", max_length=10)),
                        ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
                        ("password_changed_at", models.DateTimeField(blank=True, null=True)),
                        ("second_factor_changed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "permissions": [
                            ("assign_role", "Can give roles to staff and take them away")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Asset",
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
                            "code",
                            models.CharField(
                                max_length=15,
                                unique=True,
                                validators=[
                                    django.core.validators.RegexValidator("^[A-Z0-9]{1,15}$")
                                ],
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        (
                            "precision",
                            models.PositiveSmallIntegerField(
                                validators=[django.core.validators.MaxValueValidator(18)]
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("coin", "Coin"),
                                    ("token", "Token"),
                                    ("stablecoin", "Stablecoin"),
                                    ("platform", "the exchange's own token"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("delisted", "Delisted"),
                                ],
                                default="active",
                                max_length=12,
                            ),
                        ),
                        ("rank", models.PositiveIntegerField(db_index=True, default=100000)),
                    ],
                    options={
                        "ordering": ["rank", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("precision__lte", 18)),
                                name="asset_precision_fits_ledger",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEvent",
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
                        ("at", models.DateTimeField(db_index=True)),
                        ("actor_kind", models.CharField(max_length=10)),
                        ("actor", models.CharField(max_length=254)),
                        ("user_id", models.BigIntegerField(null=True)),
                        ("verb", models.CharField(db_index=True, max_length=100)),
                        ("target_type", models.CharField(blank=True, max_length=60)),
                        ("target_id", models.CharField(blank=True, max_length=60)),
                        ("reason", models.CharField(blank=True, max_length=1000)),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                        ("ip", models.GenericIPAddressField(null=True)),
                        ("request_id", models.CharField(blank=True, max_length=64)),
                    ],
                    options={
                        "permissions": [("export_audit", "Can export the audit log")],
                        "indexes": [
                            models.Index(
                                fields=["target_type", "target_id", "-id"], name="audit_by_target"
                            ),
                            models.Index(fields=["user_id", "-id"], name="audit_by_user"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditSeal",
                    fields=[
                        ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("digest", models.BinaryField(max_length=32)),
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seal",
                                to="exchange.auditevent",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Customer",
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
                        ("name", models.CharField(blank=True, max_length=150)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        ("anti_phishing_code", models.CharField(blank=True, max_length=32)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sub_accounts",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="customer",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("freeze_customer", "Can restrict what a customer may do"),
                            (
                                "unfreeze_customer",
                                "Can propose and decide the lifting of restrictions",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("user__isnull", False),
                                    ("parent__isnull", False),
                                    _connector="OR",
                                ),
                                name="customer_has_user_or_parent",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
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
                        ("key", models.CharField(max_length=64, unique=True)),
                        ("label", models.CharField(max_length=60)),
                        ("sealed_secret", models.BinaryField()),
                        ("sealed_memo", models.BinaryField()),
                        ("can_trade", models.BooleanField(default=False)),
                        ("can_withdraw", models.BooleanField(default=False)),
                        ("allowed_ips", models.JSONField(blank=True, default=list)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("frozen", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="LedgerAccount",
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
                            "owner_kind",
                            models.CharField(
                                choices=[("customer", "Customer"), ("house", "House")],
                                max_length=10,
                            ),
                        ),
                        ("owner_id", models.BigIntegerField()),
                        ("purpose", models.CharField(max_length=30)),
                        (
                            "available",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "held",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("may_be_negative", models.BooleanField(default=False)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("owner_id", "asset", "purpose", "owner_kind"),
                                name="one_ledger_account",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("may_be_negative", True),
                                    models.Q(("available__gte", 0), ("held__gte", 0)),
                                    _connector="OR",
                                ),
                                name="ledger_account_not_overdrawn",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("may_be_negative", False),
                                    ("owner_kind", "house"),
                                    _connector="OR",
                                ),
                                name="customers_never_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
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
                        ("kind", models.CharField(max_length=30)),
                        ("reference", models.CharField(max_length=100)),
                        ("input_hash", models.BinaryField(max_length=32, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="exchange.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "ledger entries",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reference", "kind"), name="entry_posted_once"
                            )
                        ],
                        "permissions": [
                            ("reverse_entry", "Can undo a ledger entry by its mirror image")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LoginDevice",
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
                        ("session_key", models.CharField(blank=True, db_index=True, max_length=40)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("user_agent", models.CharField(max_length=300)),
                        ("ip", models.GenericIPAddressField()),
                        ("first_seen", models.DateTimeField(auto_now_add=True)),
                        ("last_seen", models.DateTimeField(default=django.utils.timezone.now)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="login_devices",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["fingerprint"], name="devices_by_fingerprint")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "fingerprint"), name="one_row_a_device"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ticker",
                    fields=[
                        (
                            "market",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="ticker",
                                serialize=False,
                                to="exchange.market",
                            ),
                        ),
                        (
                            "last",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "open_24h",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "high_24h",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "low_24h",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "base_volume_24h",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "quote_volume_24h",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "bid_price",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "bid_size",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "ask_price",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "ask_size",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("updated_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Candle",
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
                        ("minutes", models.PositiveIntegerField()),
                        ("opened_at", models.DateTimeField()),
                        ("open", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("high", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("low", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "close",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "base_volume",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "quote_volume",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("trades", models.PositiveIntegerField(default=0)),
                        (
                            "market",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("market", "minutes", "opened_at"), name="one_candle_a_step"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchBatch",
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
                        ("version", models.BigIntegerField()),
                        ("commands", models.BinaryField()),
                        ("command_count", models.PositiveIntegerField()),
                        ("trade_count", models.PositiveIntegerField()),
                        ("digest", models.BinaryField(max_length=32)),
                        (
                            "applied_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "market",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "match batches",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("market", "version"), name="one_batch_a_version"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchCommand",
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
                        ("op", models.SmallIntegerField()),
                        ("order_id", models.BigIntegerField()),
                        ("price", models.BigIntegerField(default=0)),
                        ("size", models.BigIntegerField(default=0)),
                        ("held", models.DecimalField(decimal_places=0, default=0, max_digits=38)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "market",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                        (
                            "order_ids",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=None
                            ),
                        ),
                        ("orders", models.BinaryField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["market", "id"], name="commands_by_market")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("order_ids__len__gt", 0)),
                                name="command_names_an_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssetNetwork",
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
                        ("contract", models.CharField(blank=True, max_length=128)),
                        ("decimals", models.PositiveSmallIntegerField()),
                        ("deposit_enabled", models.BooleanField(default=False)),
                        ("withdraw_enabled", models.BooleanField(default=False)),
                        (
                            "deposit_min",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "withdraw_min",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "withdraw_fee",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="networks",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assets",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["asset__rank", "network__code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("asset", "network"), name="one_row_an_asset_network"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboxEvent",
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
                        ("topic", models.CharField(max_length=100)),
                        ("payload", models.JSONField()),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("delivered_at", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("last_error", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("delivered_at__isnull", True)),
                                fields=["id"],
                                name="outbox_waiting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
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
                            "available",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("held", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.ledgeraccount",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="exchange.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["account", "id"], name="posting_by_account")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Proposal",
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
                        ("kind", models.CharField(db_index=True, max_length=60)),
                        ("summary", models.CharField(max_length=300)),
                        ("payload", models.JSONField()),
                        ("target_type", models.CharField(blank=True, max_length=60)),
                        ("target_id", models.CharField(blank=True, max_length=60)),
                        ("reason", models.CharField(max_length=1000)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("executed", "Executed"),
                                    ("rejected", "Rejected"),
                                    ("expired", "Expired"),
                                    ("failed", "Failed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(auto_now_add=True)),
                        ("expires_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("decision_reason", models.CharField(blank=True, max_length=1000)),
                        ("outcome", models.CharField(blank=True, max_length=1000)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [("decide_proposal", "Can approve and reject proposals")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["expires_at"],
                                name="open_proposals",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="proposer_is_never_approver",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["executed", "rejected", "failed"]),
                                        _negated=True,
                                    ),
                                    ("decided_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="decided_proposal_names_its_decider",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Restriction",
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
                                    ("login", "log in"),
                                    ("trading", "trade"),
                                    ("deposit", "deposit"),
                                    ("withdrawal", "withdraw"),
                                    ("api", "use the API"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("customer_message", models.CharField(blank=True, max_length=300)),
                        ("imposed_by", models.CharField(max_length=200)),
                        ("imposed_at", models.DateTimeField(auto_now_add=True)),
                        ("until", models.DateTimeField(blank=True, null=True)),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        ("lifted_by", models.CharField(blank=True, max_length=200)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="restrictions",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=["customer", "kind"],
                                name="standing_restrictions",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SpotOrder",
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
                        ("client_order_id", models.CharField(max_length=32, null=True)),
                        ("side", models.SmallIntegerField()),
                        ("kind", models.SmallIntegerField()),
                        ("stp", models.SmallIntegerField()),
                        ("price", models.BigIntegerField()),
                        ("size", models.BigIntegerField()),
                        ("budget", models.DecimalField(decimal_places=0, default=0, max_digits=38)),
                        ("filled_size", models.BigIntegerField(default=0)),
                        (
                            "filled_notional",
                            models.DecimalField(decimal_places=0, default=0, max_digits=38),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("partially_filled", "Partially Filled"),
                                    ("filled", "Filled"),
                                    ("canceled", "Canceled"),
                                    ("partially_canceled", "Partially Canceled"),
                                ],
                                default="new",
                                max_length=18,
                            ),
                        ),
                        (
                            "cancel_source",
                            models.CharField(
                                choices=[
                                    ("", "None"),
                                    ("user", "User"),
                                    ("system", "System"),
                                    ("stp", "Stp"),
                                ],
                                default="",
                                max_length=6,
                            ),
                        ),
                        ("priority", models.BigIntegerField()),
                        ("held", models.DecimalField(decimal_places=0, max_digits=38)),
                        ("maker_ppm", models.IntegerField()),
                        ("taker_ppm", models.IntegerField()),
                        ("base_account_id", models.BigIntegerField()),
                        ("quote_account_id", models.BigIntegerField()),
                        ("self_trade_id", models.BigIntegerField()),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "market",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [("cancel_any_order", "Can cancel a customer's order")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["new", "partially_filled"])),
                                fields=["market"],
                                name="open_orders_by_market",
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["new", "partially_filled"])),
                                fields=["customer", "-id"],
                                name="open_orders_by_customer",
                            ),
                            models.Index(fields=["customer", "-id"], name="orders_by_customer"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("client_order_id__isnull", False)),
                                fields=("customer", "client_order_id"),
                                name="client_order_id_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("held__gte", 0)), name="order_held_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Trade",
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
                        ("taker_order_id", models.BigIntegerField()),
                        ("maker_order_id", models.BigIntegerField()),
                        ("taker_id", models.BigIntegerField()),
                        ("maker_id", models.BigIntegerField()),
                        ("taker_side", models.SmallIntegerField()),
                        (
                            "price",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("size", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "taker_fee",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "maker_fee",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("executed_at", models.DateTimeField()),
                        (
                            "market",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["market", "-id"], name="trades_by_market"),
                            models.Index(fields=["taker_id", "-id"], name="trades_by_taker"),
                            models.Index(fields=["maker_id", "-id"], name="trades_by_maker"),
                            models.Index(fields=["taker_order_id"], name="trades_by_taker_order"),
                            models.Index(fields=["maker_order_id"], name="trades_by_maker_order"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCodes",
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
                            "name",
                            models.CharField(
                                help_text="The human-readable name of this device.", max_length=64
                            ),
                        ),
                        (
                            "confirmed",
                            models.BooleanField(
                                default=True, help_text="Is this device ready for use?"
                            ),
                        ),
                        (
                            "throttling_failure_timestamp",
                            models.DateTimeField(
                                blank=True,
                                default=None,
                                help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                                null=True,
                            ),
                        ),
                        (
                            "throttling_failure_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Number of successive failed attempts."
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                auto_now_add=True,
                                help_text="The date and time when this device was initially created in the system.",
                                null=True,
                            ),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="The most recent date and time this device was used.",
                                null=True,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                help_text="The user that this device belongs to.",
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "recovery codes",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user",), name="one_set_of_recovery_codes_a_user"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCode",
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
                        ("digest", models.CharField(max_length=64)),
                        ("used_at", models.DateTimeField(null=True)),
                        (
                            "codes",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="codes",
                                to="exchange.recoverycodes",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("codes", "digest"), name="recovery_codes_differ"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Authenticator",
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
                            "name",
                            models.CharField(
                                help_text="The human-readable name of this device.", max_length=64
                            ),
                        ),
                        (
                            "confirmed",
                            models.BooleanField(
                                default=True, help_text="Is this device ready for use?"
                            ),
                        ),
                        (
                            "throttling_failure_timestamp",
                            models.DateTimeField(
                                blank=True,
                                default=None,
                                help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                                null=True,
                            ),
                        ),
                        (
                            "throttling_failure_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Number of successive failed attempts."
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                auto_now_add=True,
                                help_text="The date and time when this device was initially created in the system.",
                                null=True,
                            ),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="The most recent date and time this device was used.",
                                null=True,
                            ),
                        ),
                        ("sealed_secret", models.BinaryField()),
                        ("last_t", models.BigIntegerField(default=-1)),
                        (
                            "user",
                            models.ForeignKey(
                                help_text="The user that this device belongs to.",
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            (
                                "reset_second_factor",
                                "Can propose and decide resets of second factors",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "confirmed"),
                                name="one_authenticator_and_one_in_setup",
                            )
                        ],
                    },
                ),
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
                migrations.CreateModel(
                    name="Reconciliation",
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
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("ok", models.BooleanField()),
                        ("checks", models.JSONField()),
                        ("took_ms", models.PositiveIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name="SubAccountTransfer",
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
                        ("parent_id", models.BigIntegerField()),
                        ("request_no", models.CharField(max_length=64)),
                        ("source_id", models.BigIntegerField()),
                        ("destination_id", models.BigIntegerField()),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.ledgerentry",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["parent_id", "-id"], name="transfers_by_parent")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("parent_id", "request_no"), name="transfer_asked_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaffInvitation",
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
                        ("email", models.EmailField(max_length=254)),
                        ("role", models.CharField(max_length=40)),
                        ("reason", models.CharField(max_length=500)),
                        ("invited_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("serial", models.PositiveSmallIntegerField(default=1)),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("in_force_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "invited_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitation",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [("invite_staff", "Can invite people to the staff")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("accepted_at__isnull", True), ("revoked_at__isnull", True)
                                ),
                                fields=("email",),
                                name="one_open_invitation_an_address",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fact",
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
                            "known_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("crypto_deposit", "Crypto Deposit"),
                                    ("fiat_deposit", "Fiat Deposit"),
                                    ("crypto_withdrawal", "Crypto Withdrawal"),
                                    ("fiat_withdrawal", "Fiat Withdrawal"),
                                    ("withdrawal_sent", "Withdrawal Sent"),
                                    ("withdrawal_closed", "Withdrawal Closed"),
                                    ("transfer", "Transfer"),
                                    ("order", "Order"),
                                    ("trade", "Trade"),
                                    ("cancel", "Cancel"),
                                    ("login", "Login"),
                                    ("device", "Device"),
                                    ("withdrawal_address_added", "Address Added"),
                                    ("password_reset", "Credential Change"),
                                    ("listing_announced", "Listing Announced"),
                                    ("earn_in", "Earn In"),
                                    ("earn_out", "Earn Out"),
                                    ("sale_commit", "Sale Commit"),
                                    ("hot_wallet_payment", "Hot Wallet Payment"),
                                ],
                                max_length=30,
                            ),
                        ),
                        ("customer_id", models.BigIntegerField(null=True)),
                        ("counterparty_id", models.BigIntegerField(null=True)),
                        ("asset", models.CharField(blank=True, max_length=20)),
                        (
                            "amount",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "usd",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("device", models.CharField(blank=True, max_length=64)),
                        ("ip", models.GenericIPAddressField(null=True)),
                        ("ip_country", models.CharField(blank=True, max_length=2)),
                        ("address", models.CharField(blank=True, max_length=128)),
                        ("reference", models.CharField(max_length=100)),
                        ("extra", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["customer_id", "at"], name="facts_of_customer"),
                            models.Index(
                                condition=models.Q(("counterparty_id__isnull", False)),
                                fields=["counterparty_id", "at"],
                                name="facts_of_counterparty",
                            ),
                            models.Index(
                                condition=models.Q(("address", ""), _negated=True),
                                fields=["address", "at"],
                                name="facts_of_address",
                            ),
                            models.Index(
                                condition=models.Q(("device", ""), _negated=True),
                                fields=["device", "at"],
                                name="facts_of_device",
                            ),
                            models.Index(
                                condition=models.Q(("customer_id__isnull", True)),
                                fields=["at"],
                                name="facts_of_ourselves",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "reference"), name="fact_told_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingFact",
                    fields=[
                        (
                            "fact",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="waiting",
                                serialize=False,
                                to="exchange.fact",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FeeStanding",
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
                        ("level", models.CharField(blank=True, max_length=8)),
                        ("maker_discount_ppm", models.PositiveIntegerField()),
                        ("taker_discount_ppm", models.PositiveIntegerField()),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(blank=True, null=True)),
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
                                fields=("customer", "source"), name="one_discount_a_source"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("maker_discount_ppm__lte", 1000000),
                                    ("taker_discount_ppm__lte", 1000000),
                                ),
                                name="discount_at_most_all",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InsiderNote",
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
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(blank=True, null=True)),
                        ("why", models.CharField(max_length=200)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="insider_notes",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["asset", "customer"], name="insiders_of_an_asset")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("customer", "asset"), name="one_note_an_insider"
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(_guards.GUARDS, _guards.UNGUARD),
    ]
