"""The launchpad's tables as they stood after eight steps, made at once, and what guards them."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import exchange.core.money
from exchange.core.tables import MakeTables
from launchpad.migrations import _guards


class Migration(migrations.Migration):
    replaces = [
        ("launchpad", "0001_sales"),
        ("launchpad", "0002_snapshots"),
        ("launchpad", "0003_programmes_and_earn"),
        ("launchpad", "0004_listings"),
        ("launchpad", "0005_rewards"),
        ("launchpad", "0006_governance"),
        ("launchpad", "0007_earn_requests"),
        ("launchpad", "0008_certain_persons"),
    ]

    initial = True

    dependencies = [("exchange", "0001_squashed_0019")]

    operations = [
        MakeTables(
            tables=[
                migrations.CreateModel(
                    name="Sale",
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
                        ("name", models.CharField(max_length=80)),
                        ("about", models.TextField(blank=True, max_length=4000)),
                        ("risks", models.TextField(blank=True, max_length=4000)),
                        ("website", models.URLField(blank=True)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("tickets", "lottery of tickets"),
                                    ("pro_rata", "everybody in proportion"),
                                    ("first_come", "first come, first served"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "price",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("lot", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "offered",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "least",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("most", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("ticket_lots", models.PositiveIntegerField(default=1)),
                        ("most_places", models.PositiveIntegerField(default=200000)),
                        ("withdrawable", models.BooleanField(default=True)),
                        ("kyc_tier", models.PositiveSmallIntegerField(default=1)),
                        ("countries_excluded", models.CharField(blank=True, max_length=600)),
                        (
                            "public_input",
                            models.CharField(
                                choices=[
                                    ("bitcoin", "hash of a Bitcoin block"),
                                    ("inputs", "list of subscriptions only"),
                                ],
                                default="bitcoin",
                                max_length=10,
                            ),
                        ),
                        ("fee_ppm", models.PositiveIntegerField(default=0)),
                        ("first_ppm", models.PositiveIntegerField(default=1000000)),
                        ("cliff_days", models.PositiveSmallIntegerField(default=0)),
                        ("periods", models.PositiveSmallIntegerField(default=0)),
                        ("period_days", models.PositiveSmallIntegerField(default=30)),
                        ("claim_days", models.PositiveSmallIntegerField(default=7)),
                        ("snapshot_at", models.DateTimeField()),
                        ("opens_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField()),
                        ("distributes_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("approved", "approved, not announced"),
                                    ("announced", "coming"),
                                    ("open", "open"),
                                    ("closed", "closed, waiting for the allocation"),
                                    ("allocated", "allocated"),
                                    ("distributing", "being distributed"),
                                    ("vesting", "distributed, tokens are being released"),
                                    ("finished", "finished"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("stuck_because", models.CharField(blank=True, max_length=300)),
                        ("created_at", models.DateTimeField()),
                        ("announced_at", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("allocated_at", models.DateTimeField(null=True)),
                        ("distributed_at", models.DateTimeField(null=True)),
                        ("cancelled_at", models.DateTimeField(null=True)),
                        ("cancelled_because", models.CharField(blank=True, max_length=500)),
                        ("funded_from", models.CharField(blank=True, max_length=60)),
                        ("paid_at", models.DateTimeField(null=True)),
                        ("snapshot", models.BigIntegerField(null=True)),
                        ("seed_sealed", models.BinaryField(null=True)),
                        ("seed_hash", models.CharField(blank=True, max_length=64)),
                        ("seed", models.CharField(blank=True, max_length=64)),
                        ("inputs_digest", models.CharField(blank=True, max_length=64)),
                        ("block_height", models.PositiveIntegerField(null=True)),
                        ("block_hash", models.CharField(blank=True, max_length=64)),
                        ("result_digest", models.CharField(blank=True, max_length=64)),
                        ("subscribers", models.PositiveIntegerField(null=True)),
                        (
                            "committed",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "allocated",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "spent",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "refunded",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
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
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
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
                    ],
                    options={
                        "permissions": [
                            ("draft_sale", "Can draft, announce and propose token sales"),
                            (
                                "approve_sale",
                                "Can approve a token sale, its funding and its cancellation",
                            ),
                            ("pay_sale", "Can approve paying a sale's proceeds to its project"),
                        ],
                        "indexes": [
                            models.Index(fields=["state", "opens_at"], name="sales_by_state")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("least__gt", 0),
                                    ("lot__gt", 0),
                                    ("offered__gt", 0),
                                    ("price__gt", 0),
                                    ("ticket_lots__gt", 0),
                                    ("most__gte", models.F("least")),
                                ),
                                name="sale_amounts_make_sense",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("snapshot_at__lt", models.F("opens_at")),
                                    ("opens_at__lt", models.F("closes_at")),
                                    ("closes_at__lte", models.F("distributes_at")),
                                ),
                                name="sale_dates_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_ppm__lte", 1000000),
                                    ("fee_ppm__lte", 1000000),
                                    models.Q(
                                        ("first_ppm", 1000000), ("periods__gt", 0), _connector="OR"
                                    ),
                                ),
                                name="sale_shares_make_sense",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("allocated__isnull", True),
                                    models.Q(
                                        ("allocated__lte", models.F("offered")),
                                        (
                                            "committed",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("spent"), "+", models.F("refunded")
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="sale_sums_agree",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleBook",
                    fields=[
                        (
                            "sale",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="book",
                                serialize=False,
                                to="launchpad.sale",
                            ),
                        ),
                        ("places", models.PositiveIntegerField(default=0)),
                        ("subscribers", models.PositiveIntegerField(default=0)),
                        (
                            "committed",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("lots", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="SaleRelease",
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
                        ("due_at", models.DateTimeField()),
                        ("upto_ppm", models.PositiveIntegerField()),
                        ("done_at", models.DateTimeField(null=True)),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="releases",
                                to="launchpad.sale",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sale", "number"), name="one_release_a_number"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleTier",
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
                        ("name", models.CharField(max_length=40)),
                        (
                            "least_held",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("most", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="tiers",
                                to="launchpad.sale",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["least_held"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sale", "least_held"), name="one_tier_a_threshold"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
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
                        ("account", models.BigIntegerField()),
                        (
                            "bmx_held",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("place", models.PositiveIntegerField(null=True)),
                        (
                            "committed",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("changes", models.PositiveIntegerField(default=0)),
                        ("salt", models.CharField(max_length=32)),
                        ("code", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                        ("lots", models.BigIntegerField(null=True)),
                        (
                            "allocated",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "spent",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "refunded",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        ("settled_at", models.DateTimeField(null=True)),
                        (
                            "released",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("releases", models.PositiveSmallIntegerField(default=0)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="launchpad.sale",
                            ),
                        ),
                        (
                            "tier",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.saletier",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("settled_at__isnull", True)),
                                fields=["sale", "id"],
                                name="sale_unsettled",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("lots__gt", 0),
                                    models.Q(("released", models.F("allocated")), _negated=True),
                                ),
                                fields=["sale", "releases", "id"],
                                name="sale_unreleased",
                            ),
                            models.Index(fields=["customer", "-id"], name="sale_of_customer"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sale", "customer"), name="one_place_a_customer"
                            ),
                            models.UniqueConstraint(
                                fields=("sale", "place"), name="one_customer_a_place"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("allocated__isnull", True),
                                    models.Q(
                                        (
                                            "committed",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("spent"), "+", models.F("refunded")
                                            ),
                                        ),
                                        ("refunded__gte", 0),
                                        ("spent__gte", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="subscription_spent_or_refunded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released", 0),
                                    ("released__lte", models.F("allocated")),
                                    _connector="OR",
                                ),
                                name="subscription_not_released_twice",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Snapshot",
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
                        ("average_seconds", models.PositiveIntegerField(default=0)),
                        ("why", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[("planned", "Planned"), ("taken", "Taken")],
                                default="planned",
                                max_length=8,
                            ),
                        ),
                        ("planned_by", models.CharField(max_length=254)),
                        ("planned_at", models.DateTimeField()),
                        ("taken_at", models.DateTimeField(null=True)),
                        ("holders", models.PositiveIntegerField(default=0)),
                        (
                            "held",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "staked",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "power",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("digest", models.CharField(blank=True, max_length=64)),
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
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "planned")),
                                fields=["at"],
                                name="snapshots_planned",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("asset", "at", "average_seconds"),
                                name="one_snapshot_a_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "planned"),
                                    models.Q(("digest__gt", ""), ("taken_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="taken_snapshot_says_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SnapshotLine",
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
                        ("held", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "staked",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "power",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.snapshot",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("snapshot", "customer"), name="one_line_a_customer"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("held__gte", 0), ("power__gte", 0), ("staked__gte", 0)
                                ),
                                name="snapshot_line_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payout",
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
                        ("key", models.CharField(max_length=80)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("preparing", "waits for a release"),
                                    ("ready", "ready"),
                                    ("paying", "paying"),
                                    ("paid", "paid"),
                                    ("short", "stopped: the programme has too little"),
                                    ("cancelled", "cancelled"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("lines", models.PositiveBigIntegerField()),
                        (
                            "total",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "remainder",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("digest", models.BinaryField(max_length=32)),
                        ("input_hash", models.BinaryField(max_length=32)),
                        ("settled_by", models.CharField(blank=True, max_length=40)),
                        ("account_id", models.BigIntegerField()),
                        ("paid_lines", models.PositiveBigIntegerField(default=0)),
                        (
                            "paid",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("batches", models.PositiveIntegerField(default=0)),
                        ("prepared_by", models.CharField(max_length=254)),
                        ("prepared_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "programme",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="launchpad.programme",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "permissions": [
                            ("cancel_payout", "Can cancel a payout that did not begin")
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["ready", "paying", "short"])),
                                fields=["programme", "id"],
                                name="payouts_to_pay",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("programme", "key"), name="one_payout_a_key"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("paid_lines__lte", models.F("lines"))),
                                name="no_more_than_its_lines",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "paid"), _negated=True),
                                    models.Q(
                                        ("paid", models.F("total")),
                                        ("paid_lines", models.F("lines")),
                                    ),
                                    _connector="OR",
                                ),
                                name="paid_means_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Product",
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
                        ("slug", models.SlugField(max_length=40, unique=True)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("flexible", "flexible savings"),
                                    ("fixed", "fixed savings"),
                                    ("staking", "staking"),
                                    ("mining", "liquidity mining"),
                                    ("vault", "DeFi vault"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "earns",
                            models.CharField(
                                choices=[
                                    ("rate", "a published rate"),
                                    ("arrivals", "what arrives from validators or a vault"),
                                    ("points", "a share of a daily budget"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("open", "open"),
                                    ("paused", "paused: no new money"),
                                    ("closed", "closed"),
                                ],
                                default="draft",
                                max_length=6,
                            ),
                        ),
                        ("paused_because", models.CharField(blank=True, max_length=500)),
                        ("summary", models.CharField(max_length=300)),
                        ("risk", models.CharField(max_length=1000)),
                        ("lock_days", models.PositiveSmallIntegerField(default=0)),
                        ("bonding_days", models.PositiveSmallIntegerField(default=0)),
                        ("unbonding_days", models.PositiveSmallIntegerField(default=0)),
                        ("pays_at_end", models.BooleanField(default=False)),
                        ("early_exit", models.BooleanField(default=False)),
                        ("vote_weight", models.PositiveSmallIntegerField(default=0)),
                        ("market", models.CharField(blank=True, max_length=31)),
                        ("network", models.CharField(blank=True, max_length=20)),
                        ("vault", models.CharField(blank=True, max_length=42)),
                        ("order", models.PositiveSmallIntegerField(default=50)),
                        ("first_day", models.DateField()),
                        ("accrued_through", models.DateField(blank=True, null=True)),
                        ("created_by", models.CharField(max_length=254)),
                        ("created_at", models.DateTimeField()),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "programme",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.programme",
                            ),
                        ),
                        (
                            "taken",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["order", "id"],
                        "permissions": [
                            ("draft_product", "Can draft earn products and propose their terms"),
                            ("approve_product", "Can approve products and changes of their terms"),
                            ("pause_product", "Can pause an earn product"),
                            ("book_arrival", "Can book validators' rewards and propose slashes"),
                            ("approve_slash", "Can approve that a slash is passed on"),
                            ("move_vault", "Can move a vault's funds"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Position",
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("unbonding", "on its way out"),
                                    ("closed", "closed"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("compound", models.BooleanField(default=False)),
                        ("terms_version", models.PositiveSmallIntegerField()),
                        ("earns_from", models.DateField()),
                        ("unlocks_at", models.DateTimeField(blank=True, null=True)),
                        ("free_at", models.DateTimeField(blank=True, null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "forfeited",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="launchpad.position",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["product", "customer_id", "id"],
                                name="positions_of_a_product",
                            ),
                            models.Index(
                                condition=models.Q(("state", "unbonding")),
                                fields=["free_at"],
                                name="positions_to_let_go",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state", "open"), ("unlocks_at__isnull", False)
                                ),
                                fields=["unlocks_at"],
                                name="positions_to_end",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="position_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "closed"), _negated=True),
                                    ("amount", 0),
                                    _connector="OR",
                                ),
                                name="closed_positions_are_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DepthSample",
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
                        ("minute", models.DateTimeField()),
                        ("mid", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("bids", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("asks", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        ("makers", models.PositiveIntegerField()),
                        ("points", models.DecimalField(decimal_places=0, max_digits=38)),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "minute"), name="one_sample_a_minute"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DepthPoints",
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
                        ("day", models.DateField()),
                        ("customer_id", models.BigIntegerField()),
                        ("points", models.DecimalField(decimal_places=0, max_digits=38)),
                        ("samples", models.PositiveIntegerField()),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "day", "customer_id"), name="one_points_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arrival",
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
                                choices=[("reward", "reward"), ("slash", "slash")], max_length=6
                            ),
                        ),
                        ("day", models.DateField()),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "commission",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("source", models.CharField(max_length=120)),
                        ("reference", models.CharField(max_length=80)),
                        (
                            "remainder",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("positions", models.PositiveBigIntegerField(default=0)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField()),
                        (
                            "payout",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.payout",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "reference"), name="one_arrival_a_reference"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Programme",
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
                                    ("interest", "interest on savings"),
                                    ("staking", "staking rewards"),
                                    ("mining", "liquidity mining"),
                                    ("vault", "yield of a vault"),
                                    ("airdrop", "airdrop"),
                                    ("promotion", "promotion"),
                                    ("referral", "referral commission"),
                                    ("competition", "trading competition"),
                                    ("tasks", "rewards for tasks"),
                                    ("sale", "token sale"),
                                    ("grant", "community grant"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("open", "open"),
                                    ("stopped", "stopped"),
                                    ("closed", "closed"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("stopped_because", models.CharField(blank=True, max_length=500)),
                        ("stopped_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "account_id",
                            models.BigIntegerField(editable=False, null=True, unique=True),
                        ),
                        ("created_by", models.CharField(max_length=254)),
                        ("created_at", models.DateTimeField()),
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
                        "ordering": ["-id"],
                        "permissions": [
                            ("open_programme", "Can create, open and close programmes"),
                            ("fund_programme", "Can propose to fund a programme"),
                            ("approve_funding", "Can approve the funding of a programme"),
                            ("stop_programme", "Can stop a programme"),
                            ("resume_programme", "Can let a stopped programme go on"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Funding",
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
                        ("source", models.CharField(max_length=60)),
                        ("source_account_id", models.BigIntegerField()),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("reference", models.CharField(max_length=100, unique=True)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField()),
                        (
                            "programme",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fundings",
                                to="launchpad.programme",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Terms",
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
                        ("version", models.PositiveSmallIntegerField()),
                        ("from_day", models.DateField()),
                        (
                            "minimum",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "cap_total",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "cap_customer",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("commission_bps", models.PositiveSmallIntegerField(default=0)),
                        (
                            "daily_budget",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("band_bps", models.PositiveSmallIntegerField(default=0)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        ("published_by", models.CharField(max_length=254)),
                        ("published_at", models.DateTimeField()),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terms",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "version"), name="one_version_of_terms"
                            ),
                            models.UniqueConstraint(
                                fields=("product", "from_day"), name="one_terms_a_day"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductDay",
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
                        ("day", models.DateField()),
                        ("positions", models.PositiveBigIntegerField()),
                        ("base", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "accrued",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "remainder",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("ran_at", models.DateTimeField()),
                        (
                            "payout",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.payout",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="days",
                                to="launchpad.product",
                            ),
                        ),
                        (
                            "terms",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.terms",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("product", "day"), name="one_day_a_product"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tier",
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
                            "above",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("rate_ppm", models.PositiveIntegerField()),
                        (
                            "terms",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tiers",
                                to="launchpad.terms",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["above"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("terms", "above"), name="one_tier_a_bound"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VaultMove",
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
                                    ("deposit", "deposit"),
                                    ("withdraw", "withdrawal"),
                                    ("reading", "reading"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("shares", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("worth", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("txid", models.CharField(blank=True, max_length=66)),
                        ("by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField()),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.product",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutLine",
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
                        ("number", models.BigIntegerField()),
                        ("customer_id", models.BigIntegerField()),
                        ("account_id", models.BigIntegerField()),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("of", models.CharField(blank=True, max_length=60)),
                        (
                            "payout",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.payout",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["customer_id", "payout"], name="lines_of_a_customer"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("payout", "number"), name="one_line_a_number"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_line_pays_something"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Accrual",
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
                        ("product_id", models.BigIntegerField()),
                        ("day", models.DateField()),
                        ("base", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "interest",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "position",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.position",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["product_id", "day"], name="accruals_of_a_day")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("position", "day"), name="one_accrual_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PositionChange",
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
                        ("product_id", models.BigIntegerField()),
                        ("customer_id", models.BigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("subscribe", "put in"),
                                    ("redeem", "taken out"),
                                    ("mature", "came to its end"),
                                    ("unbond", "asked to leave"),
                                    ("release", "let go"),
                                    ("compound", "interest added"),
                                    ("slash", "slashed"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("at", models.DateTimeField()),
                        ("reference", models.CharField(max_length=100)),
                        (
                            "position",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.position",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["product_id", "at"], name="changes_of_a_product")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("position", "reference"), name="one_change_a_reference"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
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
                            "stage",
                            models.CharField(
                                choices=[
                                    ("draft", "being filled in"),
                                    ("submitted", "handed in"),
                                    ("checks", "screening and chain checks"),
                                    ("diligence", "due diligence"),
                                    ("vote", "BMX vote"),
                                    ("committee", "listings committee"),
                                    ("approved", "approved"),
                                    ("scheduled", "scheduled"),
                                    ("deposits", "deposits open"),
                                    ("trading", "trading open"),
                                    ("withdrawals", "withdrawals open"),
                                    ("listed", "listed"),
                                    ("warned", "special treatment"),
                                    ("delisting", "delisting announced"),
                                    ("closed", "trading closed"),
                                    ("window", "withdrawals only"),
                                    ("delisted", "delisted"),
                                    ("refused", "refused"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "asset_class",
                            models.CharField(
                                choices=[
                                    ("coin", "a chain's own coin"),
                                    ("token", "a project's token"),
                                    ("stablecoin", "a stablecoin"),
                                    ("security", "like a security: equity, profit share, debt"),
                                    ("standard", "a standard token, traded widely elsewhere"),
                                ],
                                default="token",
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=100)),
                        ("code", models.CharField(blank=True, max_length=15)),
                        ("contract", models.CharField(blank=True, max_length=128)),
                        ("decimals", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "supply",
                            models.DecimalField(
                                blank=True, decimal_places=18, max_digits=60, null=True
                            ),
                        ),
                        ("about", models.CharField(blank=True, max_length=2000)),
                        ("risks", models.CharField(blank=True, max_length=2000)),
                        ("company", models.CharField(blank=True, max_length=160)),
                        ("company_country", models.CharField(blank=True, max_length=2)),
                        ("company_number", models.CharField(blank=True, max_length=60)),
                        ("website", models.URLField(blank=True)),
                        ("paper", models.URLField(blank=True, max_length=300)),
                        ("contact_name", models.CharField(blank=True, max_length=160)),
                        ("contact_role", models.CharField(blank=True, max_length=80)),
                        ("confirmed_true_at", models.DateTimeField(blank=True, null=True)),
                        ("asked_words", models.CharField(blank=True, max_length=1000)),
                        (
                            "reason_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("incomplete", "the application stayed incomplete"),
                                    ("legal", "legal: may not be offered here"),
                                    ("sanctions", "sanctions or persons behind it"),
                                    ("security", "the contract is not safe enough"),
                                    ("concentration", "too few hold too much"),
                                    ("team", "who is behind it could not be established"),
                                    ("vote", "BMX holders voted against it"),
                                    ("committee", "the committee voted against it"),
                                    ("applicant", "the project withdrew it"),
                                    ("criteria", "no longer meets the published criteria"),
                                    ("duties", "the project did not do what it had promised"),
                                    ("chain", "its chain or contract failed or was abandoned"),
                                    ("other", "other, see the notice"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("reason_words", models.CharField(blank=True, max_length=1000)),
                        ("vote_id", models.BigIntegerField(blank=True, null=True)),
                        ("vote_outcome", models.CharField(blank=True, max_length=12)),
                        ("proposal_id", models.BigIntegerField(blank=True, null=True)),
                        ("warned_words", models.CharField(blank=True, max_length=500)),
                        ("warned_at", models.DateTimeField(blank=True, null=True)),
                        ("trading_closes_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawals_close_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asset",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "market",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.market",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("work_listing", "Can work listings: score, check, ask, propose"),
                            ("vote_listing", "Can vote on the listings committee"),
                            (
                                "approve_listing",
                                "Can approve what a colleague proposed for a listing",
                            ),
                            ("see_listing_documents", "Can open what projects uploaded"),
                        ],
                        "indexes": [
                            models.Index(fields=["stage", "since"], name="listings_by_stage")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("contract__gt", ""),
                                    models.Q(
                                        (
                                            "stage__in",
                                            ("draft", "refused", "withdrawn", "delisted"),
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                fields=("network", "contract"),
                                name="one_listing_a_contract",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("trading_closes_at", None),
                                    ("withdrawals_close_at__gt", models.F("trading_closes_at")),
                                    _connector="OR",
                                ),
                                name="withdrawals_outlast_trading",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InterestDeclaration",
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
                        ("conflict", models.BooleanField()),
                        ("words", models.CharField(blank=True, max_length=500)),
                        ("at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="interests",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["listing", "user", "-id"], name="newest_interest")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Insider",
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
                        ("name", models.CharField(max_length=160)),
                        ("how", models.CharField(max_length=200)),
                        ("since", models.DateTimeField()),
                        ("by", models.CharField(max_length=254)),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="insiders",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("listing", "user", "customer", "name"),
                                name="one_line_an_insider",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HolderNotice",
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
                        ("notice", models.CharField(max_length=40)),
                        ("at", models.DateTimeField()),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("listing", "customer", "notice"), name="one_notice_a_holder"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Duty",
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
                        ("what", models.CharField(max_length=160)),
                        ("due", models.DateField()),
                        ("done_on", models.DateField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duties",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("listing", "what", "due"), name="one_duty_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommitteeVote",
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
                            "choice",
                            models.CharField(
                                choices=[
                                    ("for", "for"),
                                    ("against", "against"),
                                    ("abstain", "abstains"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("words", models.CharField(blank=True, max_length=500)),
                        ("at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="committee_votes",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("listing", "user"), name="one_committee_vote"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommitteeDecision",
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
                        ("approved", models.BooleanField()),
                        ("votes_for", models.PositiveSmallIntegerField()),
                        ("votes_against", models.PositiveSmallIntegerField()),
                        ("abstained", models.PositiveSmallIntegerField()),
                        ("quorum", models.PositiveSmallIntegerField()),
                        ("total", models.PositiveSmallIntegerField()),
                        ("minutes", models.TextField(max_length=10000)),
                        ("votes", models.JSONField(default=list)),
                        ("by", models.CharField(max_length=254)),
                        ("at", models.DateTimeField()),
                        (
                            "listing",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ChainCheck",
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
                                choices=[
                                    ("asked", "waiting"),
                                    ("done", "done"),
                                    ("failed", "failed"),
                                ],
                                default="asked",
                                max_length=6,
                            ),
                        ),
                        ("network", models.CharField(max_length=20)),
                        ("contract", models.CharField(max_length=128)),
                        ("height", models.PositiveBigIntegerField(blank=True, null=True)),
                        ("block_hash", models.CharField(blank=True, max_length=66)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        ("symbol", models.CharField(blank=True, max_length=40)),
                        ("name", models.CharField(blank=True, max_length=100)),
                        ("decimals", models.PositiveSmallIntegerField(blank=True, null=True)),
                        (
                            "supply_units",
                            models.DecimalField(
                                blank=True, decimal_places=0, max_digits=80, null=True
                            ),
                        ),
                        ("holders", models.PositiveIntegerField(blank=True, null=True)),
                        ("asked_by", models.CharField(max_length=254)),
                        ("asked_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chain_checks",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("listing",),
                                name="one_check_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingDocument",
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
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("uploaded_at", models.DateTimeField()),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["listing", "kind"], name="listing_documents")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingDocumentPage",
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
                                to="launchpad.listingdocument",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("document", "number"), name="listing_pages_have_numbers"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingEvent",
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
                        ("kind", models.CharField(max_length=24)),
                        ("words", models.CharField(max_length=600)),
                        ("public", models.BooleanField(default=False)),
                        ("told", models.BooleanField(default=False)),
                        ("by", models.CharField(blank=True, max_length=254)),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["listing", "at"], name="listing_events"),
                            models.Index(
                                condition=models.Q(("public", True)),
                                fields=["-at"],
                                name="listing_news",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Measurement",
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
                        ("day", models.DateField()),
                        (
                            "volume_30d",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("trades_a_day", models.DecimalField(decimal_places=1, max_digits=12)),
                        ("spread_bps", models.PositiveIntegerField(null=True)),
                        (
                            "depth",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("holders", models.PositiveIntegerField(null=True)),
                        ("chain_ok", models.BooleanField(default=True)),
                        ("duties_late", models.PositiveSmallIntegerField(default=0)),
                        ("failed", models.JSONField(default=list)),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="measurements",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("listing", "day"), name="one_row_a_day")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Schedule",
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
                        ("version", models.PositiveIntegerField(default=1)),
                        ("deposits_at", models.DateTimeField()),
                        ("trading_at", models.DateTimeField()),
                        ("withdrawals_at", models.DateTimeField()),
                        ("insiders_hours", models.PositiveSmallIntegerField(default=72)),
                        (
                            "reference_price",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("precision", models.PositiveSmallIntegerField()),
                        ("price_precision", models.PositiveSmallIntegerField()),
                        ("size_precision", models.PositiveSmallIntegerField()),
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
                        ("published_at", models.DateTimeField()),
                        (
                            "listing",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="schedule",
                                to="launchpad.listing",
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
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("trading_at__gt", models.F("deposits_at")),
                                    ("withdrawals_at__gte", models.F("trading_at")),
                                ),
                                name="schedule_in_order",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScoredItem",
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
                        ("key", models.CharField(max_length=40)),
                        ("score", models.PositiveSmallIntegerField()),
                        ("blocker", models.BooleanField(default=False)),
                        ("evidence", models.CharField(max_length=500)),
                        ("note", models.CharField(blank=True, max_length=1000)),
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
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scores",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["listing", "key", "-id"], name="newest_score")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("score__lte", 4)), name="score_of_four"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScreenedName",
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
                        ("who", models.CharField(max_length=40)),
                        ("name", models.CharField(max_length=160)),
                        ("kind", models.CharField(max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("clear", "nobody on a list"),
                                    ("open", "to be looked at"),
                                    ("false", "is somebody else"),
                                    ("true", "is the listed one"),
                                ],
                                default="clear",
                                max_length=5,
                            ),
                        ),
                        ("matches", models.JSONField(default=list)),
                        ("best", models.PositiveSmallIntegerField(default=0)),
                        ("lists_version", models.PositiveIntegerField(default=0)),
                        ("at", models.DateTimeField()),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("decided_by", models.CharField(blank=True, max_length=254)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="screened",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("listing", "who"), name="one_screening_a_name"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TeamMember",
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
                        ("name", models.CharField(max_length=160)),
                        ("role", models.CharField(max_length=80)),
                        ("country", models.CharField(max_length=2)),
                        ("born", models.DateField(blank=True, null=True)),
                        (
                            "owns_percent",
                            models.DecimalField(decimal_places=2, default=0, max_digits=5),
                        ),
                        (
                            "listing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="team",
                                to="launchpad.listing",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("owns_percent__gte", 0), ("owns_percent__lte", 100)
                                ),
                                name="team_share_is_a_percentage",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChainFinding",
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
                        ("key", models.CharField(max_length=24)),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("good", "fine"),
                                    ("note", "to be known"),
                                    ("bad", "speaks against it"),
                                    ("unknown", "not known"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("value", models.CharField(blank=True, max_length=200)),
                        ("says", models.CharField(max_length=400)),
                        ("rows", models.JSONField(default=list)),
                        (
                            "check_run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="findings",
                                to="launchpad.chaincheck",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("check_run", "key"), name="one_finding_a_key"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BmxDiscount",
                    fields=[
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="exchange.customer",
                            ),
                        ),
                        ("wanted_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="PersonGroup",
                    fields=[
                        ("customer_id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("group_id", models.BigIntegerField(db_index=True)),
                        ("certain_id", models.BigIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ReferralCode",
                    fields=[
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="exchange.customer",
                            ),
                        ),
                        ("code", models.CharField(max_length=12, unique=True)),
                        ("made_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="VipTable",
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
                        ("tiers", models.JSONField()),
                        (
                            "bmx_least",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("bmx_discount_ppm", models.PositiveIntegerField()),
                        ("grace_days", models.PositiveSmallIntegerField()),
                        ("reason", models.CharField(max_length=500)),
                        ("changed_by", models.CharField(max_length=254)),
                        ("active_from", models.DateTimeField()),
                    ],
                    options={
                        "permissions": [
                            ("propose_vip_table", "Can propose a change of the VIP table"),
                            ("approve_vip_table", "Can approve a change of the VIP table"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VolumePlace",
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
                        ("trade_id", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="Campaign",
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
                                    ("airdrop", "airdrop"),
                                    ("deposit_bonus", "deposit bonus"),
                                    ("competition", "trading competition"),
                                    ("referral", "referral"),
                                    ("lessons", "lessons"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("title", models.CharField(max_length=100)),
                        ("summary", models.CharField(blank=True, max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("open", "open"),
                                    ("stopped", "stopped"),
                                    ("closed", "closed"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("terms", models.JSONField(default=dict)),
                        (
                            "budget",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "committed",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("batches", models.PositiveIntegerField(default=0)),
                        ("scored_at", models.DateTimeField(blank=True, null=True)),
                        ("created_by", models.CharField(max_length=254)),
                        ("created_at", models.DateTimeField()),
                        (
                            "programme",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="campaign",
                                to="launchpad.programme",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "permissions": [
                            (
                                "manage_campaign",
                                "Can draft, open and stop campaigns, and propose recipients",
                            ),
                            (
                                "approve_recipients",
                                "Can approve who is paid by an airdrop or competition",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("committed__gte", 0), ("committed__lte", models.F("budget"))
                                ),
                                name="budget_not_exceeded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="campaign_ends_after_its_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LessonTry",
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
                        ("lesson", models.CharField(max_length=40)),
                        ("right", models.PositiveSmallIntegerField()),
                        ("of", models.PositiveSmallIntegerField()),
                        ("at", models.DateTimeField()),
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
                                fields=["customer", "lesson", "-at"], name="tries_of_a_lesson"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Participation",
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
                        ("joined_at", models.DateTimeField()),
                        ("ring", models.BigIntegerField(blank=True, null=True)),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="participations",
                                to="launchpad.campaign",
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
                                fields=("campaign", "customer"), name="joined_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonLink",
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
                        ("one_id", models.BigIntegerField()),
                        ("other_id", models.BigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("identity", "same name and date of birth"),
                                    ("document", "same picture of a document"),
                                    ("device", "same browser"),
                                    ("address", "same address outside"),
                                    ("ip", "same internet address"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "strength",
                            models.CharField(
                                choices=[
                                    ("certain", "one person"),
                                    ("suspected", "perhaps one person"),
                                    ("hint", "a hint only"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("says", models.CharField(max_length=200)),
                        ("found_at", models.DateTimeField()),
                        ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                        ("dismissed_by", models.CharField(blank=True, max_length=254)),
                        ("dismissed_because", models.CharField(blank=True, max_length=500)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["other_id"], name="links_of_other")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("one_id", "other_id", "kind"), name="linked_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("one_id__lt", models.F("other_id"))),
                                name="link_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecipientFile",
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
                                choices=[
                                    ("draft", "to be reviewed"),
                                    ("proposed", "waits for a second person"),
                                    ("approved", "approved"),
                                    ("replaced", "replaced"),
                                ],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        ("source", models.CharField(max_length=200)),
                        ("recipients", models.PositiveIntegerField(default=0)),
                        ("excluded", models.PositiveIntegerField(default=0)),
                        (
                            "total",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("digest", models.CharField(blank=True, max_length=64)),
                        ("made_by", models.CharField(max_length=254)),
                        ("made_at", models.DateTimeField()),
                        ("approved_by", models.CharField(blank=True, max_length=254)),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="launchpad.campaign",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "replaced"), _negated=True),
                                fields=("campaign",),
                                name="one_recipient_file_in_force",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecipientLine",
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
                        (
                            "basis",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "excluded",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "is paid"),
                                    ("staff", "staff"),
                                    ("restricted", "restricted"),
                                    ("unverified", "identity not verified"),
                                    ("same_person", "another account of the same person"),
                                    ("too_little", "below the minimum"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="launchpad.recipientfile",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["customer_id"], name="recipient_lines_of_one")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("file", "customer_id"), name="one_line_a_recipient"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__gt", 0), ("excluded", "")),
                                    models.Q(
                                        models.Q(("excluded", ""), _negated=True), ("amount", 0)
                                    ),
                                    _connector="OR",
                                ),
                                name="excluded_get_nothing",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Referral",
                    fields=[
                        (
                            "referee",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="exchange.customer",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "earns"), ("refused", "earns nothing")],
                                default="active",
                                max_length=8,
                            ),
                        ),
                        ("because", models.CharField(blank=True, max_length=200)),
                        ("share_ppm", models.PositiveIntegerField()),
                        ("first_day", models.DateField()),
                        ("last_day", models.DateField()),
                        ("at", models.DateTimeField()),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="referrals",
                                to="launchpad.campaign",
                            ),
                        ),
                        (
                            "referrer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="referrals",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("referrer", "number"), name="friends_have_numbers"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("referee", models.F("referrer")), _negated=True
                                ),
                                name="nobody_refers_themselves",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Commission",
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
                        ("day", models.DateField()),
                        (
                            "fees_usd",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("reward_id", models.BigIntegerField(null=True)),
                        (
                            "referral",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="commissions",
                                to="launchpad.referral",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("referral", "day"), name="one_commission_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reward",
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
                        ("of", models.CharField(max_length=60)),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("held", "waits for a check"),
                                    ("due", "to be paid"),
                                    ("paying", "being paid"),
                                    ("paid", "paid"),
                                    ("refused", "refused"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("batch", models.PositiveIntegerField(blank=True, null=True)),
                        ("earned_at", models.DateTimeField()),
                        ("paid_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rewards",
                                to="launchpad.campaign",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rewards",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "due")),
                                fields=["campaign", "id"],
                                name="rewards_due",
                            ),
                            models.Index(fields=["customer", "-id"], name="rewards_of_customer"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("campaign", "customer", "of"), name="rewarded_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_reward_is_something"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RewardCheck",
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
                        ("reasons", models.JSONField(default=list)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "waits for a decision"),
                                    ("released", "released"),
                                    ("refused", "refused"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("held_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_by", models.CharField(blank=True, max_length=254)),
                        ("decided_because", models.CharField(blank=True, max_length=500)),
                        (
                            "reward",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="review",
                                to="launchpad.reward",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("decide_reward", "Can release and refuse rewards that are held")
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["id"],
                                name="checks_open",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TradedDay",
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
                        ("day", models.DateField()),
                        ("one_id", models.BigIntegerField()),
                        ("other_id", models.BigIntegerField()),
                        ("usd", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "one_fees_usd",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        (
                            "other_fees_usd",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("trades", models.PositiveIntegerField()),
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
                        "indexes": [
                            models.Index(fields=["one_id", "day"], name="traded_by_one"),
                            models.Index(fields=["other_id", "day"], name="traded_by_other"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("day", "market", "one_id", "other_id"),
                                name="one_row_a_day_and_pair",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("one_id__lte", models.F("other_id"))),
                                name="pair_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VipChange",
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
                        ("on", models.DateField()),
                        ("before", models.PositiveSmallIntegerField()),
                        ("after", models.PositiveSmallIntegerField()),
                        (
                            "volume_usd",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("bmx", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
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
                                fields=("customer", "on"), name="one_vip_change_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VipStanding",
                    fields=[
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="exchange.customer",
                            ),
                        ),
                        ("level", models.PositiveSmallIntegerField(db_index=True, default=0)),
                        ("since", models.DateField()),
                        ("measured_on", models.DateField()),
                        ("measured_level", models.PositiveSmallIntegerField(default=0)),
                        (
                            "volume_usd",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "bmx",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("falls_on", models.DateField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("falls_on__isnull", True),
                                    ("measured_level__lt", models.F("level")),
                                    _connector="OR",
                                ),
                                name="grace_is_for_the_higher",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delegate",
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
                        ("name", models.CharField(max_length=30, unique=True)),
                        ("statement", models.CharField(max_length=1000)),
                        ("accepts", models.BooleanField(default=True)),
                        ("since", models.DateTimeField()),
                        (
                            "customer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("hide_delegate", "Can stop a delegate from being offered")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VoteProposal",
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
                                    ("listing", "listing vote"),
                                    ("feature", "priorities"),
                                    ("parameter", "change of a parameter"),
                                    ("grant", "community grant"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("single", "one choice"),
                                    ("approval", "every option you approve of"),
                                    ("ranked", "options in your order"),
                                ],
                                default="single",
                                max_length=10,
                            ),
                        ),
                        (
                            "tally",
                            models.CharField(
                                choices=[
                                    ("shown", "shown while people vote"),
                                    ("hidden", "hidden until the vote is closed"),
                                ],
                                default="hidden",
                                max_length=8,
                            ),
                        ),
                        ("title", models.CharField(max_length=120)),
                        ("text", models.TextField(max_length=10000)),
                        ("subject", models.CharField(blank=True, max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("review", "being reviewed"),
                                    ("declined", "declined"),
                                    ("published", "coming"),
                                    ("open", "open"),
                                    ("counting", "being counted"),
                                    ("closed", "closed"),
                                    ("executed", "carried out"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("proposed_by", models.CharField(max_length=254)),
                        ("created_at", models.DateTimeField()),
                        ("submitted_at", models.DateTimeField(null=True)),
                        ("quorum_bps", models.PositiveIntegerField()),
                        ("threshold_bps", models.PositiveIntegerField()),
                        ("parameter", models.CharField(blank=True, max_length=60)),
                        ("parameter_target", models.CharField(blank=True, max_length=60)),
                        ("parameter_value", models.CharField(blank=True, max_length=60)),
                        ("reviewed_by", models.CharField(blank=True, max_length=254)),
                        ("reviewed_at", models.DateTimeField(null=True)),
                        (
                            "review_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unclear", "what is proposed isn't clear"),
                                    ("duplicate", "the same was proposed already"),
                                    ("not_ours", "a vote can't decide this"),
                                    ("unlawful", "it would break a law or a licence"),
                                    ("abuse", "it breaks the rules of conduct"),
                                    ("cost", "its costs aren't stated"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("review_note", models.CharField(blank=True, max_length=1000)),
                        ("published_at", models.DateTimeField(null=True)),
                        ("snapshot_at", models.DateTimeField(null=True)),
                        ("opens_at", models.DateTimeField(null=True)),
                        ("closes_at", models.DateTimeField(null=True)),
                        ("withdrawn_because", models.CharField(blank=True, max_length=500)),
                        ("opened_at", models.DateTimeField(null=True)),
                        (
                            "eligible_units",
                            exchange.core.money.UnitsField(
                                decimal_places=0, max_digits=78, null=True
                            ),
                        ),
                        ("eligible_voters", models.PositiveIntegerField(null=True)),
                        ("counted_to", models.BigIntegerField(default=0)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("passed", "passed"),
                                    ("refused", "refused"),
                                    ("no_quorum", "not enough took part"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("winner", models.CharField(blank=True, max_length=20)),
                        ("result", models.JSONField(null=True)),
                        ("file_header", models.TextField(blank=True)),
                        ("root", models.CharField(blank=True, max_length=64)),
                        ("executed_at", models.DateTimeField(null=True)),
                        ("executed_by", models.CharField(blank=True, max_length=254)),
                        ("execution_note", models.CharField(blank=True, max_length=500)),
                        (
                            "carried",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.proposal",
                            ),
                        ),
                        (
                            "proposer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.snapshot",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "proposal to vote on",
                        "verbose_name_plural": "proposals to vote on",
                        "permissions": [
                            (
                                "open_voteproposal",
                                "Can draft votes and open those that a room asks for",
                            ),
                            (
                                "review_voteproposal",
                                "Can publish, return, decline and withdraw proposals",
                            ),
                            (
                                "carry_over_vote",
                                "Can propose the change that a vote passed, and note what was done",
                            ),
                            ("approve_voted_change", "Can approve the change that a vote passed"),
                        ],
                        "indexes": [
                            models.Index(fields=["state", "closes_at"], name="votes_by_state"),
                            models.Index(fields=["proposer", "-id"], name="votes_by_proposer"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_at__isnull", True),
                                    models.Q(
                                        ("opens_at__lt", models.F("closes_at")),
                                        ("published_at__lt", models.F("snapshot_at")),
                                        ("snapshot__isnull", False),
                                        ("snapshot_at__lt", models.F("opens_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="vote_moments_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quorum_bps__lte", 10000), ("threshold_bps__lte", 10000)
                                ),
                                name="vote_shares_make_sense",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["closed", "executed"]), _negated=True),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("outcome__gt", ""),
                                        ("root__gt", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="closed_vote_has_a_result",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("subject", ""), _negated=True),
                                    (
                                        "state__in",
                                        ["draft", "review", "published", "open", "counting"],
                                    ),
                                ),
                                fields=("subject",),
                                name="one_vote_a_subject",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VoteOption",
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
                        ("position", models.PositiveSmallIntegerField()),
                        ("key", models.CharField(max_length=20)),
                        ("title", models.CharField(max_length=120)),
                        ("text", models.CharField(blank=True, max_length=1000)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("for", "carries the proposal"),
                                    ("against", "refuses the proposal"),
                                    ("abstain", "counts for the quorum only"),
                                ],
                                default="for",
                                max_length=8,
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="options",
                                to="launchpad.voteproposal",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("proposal", "key"), name="one_option_a_key"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VoteExclusion",
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
                            "rule",
                            models.CharField(
                                choices=[
                                    ("staff", "accounts of our staff"),
                                    ("restricted", "restricted accounts"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exclusions",
                                to="launchpad.voteproposal",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("proposal", "customer"), name="one_exclusion_an_account"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vote",
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
                        ("choices", models.JSONField()),
                        ("salt", models.CharField(max_length=32)),
                        ("serial", models.PositiveIntegerField(default=1)),
                        ("cast_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="votes",
                                to="launchpad.voteproposal",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("proposal", "customer"), name="one_vote_an_account"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProposalComment",
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
                        ("text", models.CharField(max_length=2000)),
                        ("at", models.DateTimeField()),
                        ("hidden_at", models.DateTimeField(null=True)),
                        ("hidden_by", models.CharField(blank=True, max_length=254)),
                        (
                            "hidden_code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("abuse", "insult or threat"),
                                    ("spam", "advertising or spam"),
                                    ("private", "personal data of others"),
                                    ("scam", "attempted fraud"),
                                    ("off_topic", "not about this proposal"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("hidden_note", models.CharField(blank=True, max_length=500)),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="launchpad.proposalcomment",
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="launchpad.voteproposal",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("moderate_comment", "Can hide comments on proposals and answer them")
                        ],
                        "indexes": [
                            models.Index(fields=["proposal", "id"], name="comments_by_proposal"),
                            models.Index(fields=["customer", "-at"], name="comments_by_customer"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CountedVote",
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
                        ("voter", models.CharField(max_length=64)),
                        ("salt", models.CharField(max_length=32)),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("choices", models.JSONField()),
                        ("via", models.CharField(blank=True, max_length=64)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="counted",
                                to="launchpad.voteproposal",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("proposal", "customer"), name="counted_once"
                            ),
                            models.UniqueConstraint(
                                fields=("proposal", "voter"), name="one_line_a_voter"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delegation",
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
                        ("until", models.DateTimeField(null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "delegate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="delegations",
                                to="launchpad.delegate",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["customer", "-since"], name="delegations_by_customer"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until", None)),
                                fields=("customer",),
                                name="one_delegation_an_account",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EarnRequest",
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
                        ("request_no", models.CharField(max_length=64)),
                        (
                            "act",
                            models.CharField(
                                choices=[("subscribe", "put in"), ("redeem", "take out")],
                                max_length=9,
                            ),
                        ),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("asked", models.JSONField()),
                        ("at", models.DateTimeField()),
                        (
                            "position",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="launchpad.position",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("customer_id", "request_no"), name="earn_asked_once"
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(_guards.GUARDS, _guards.UNGUARD),
    ]
