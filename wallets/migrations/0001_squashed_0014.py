"""Custody's tables as they stood after fourteen steps, made at once, and what guards them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import exchange.core.money
from exchange.core.tables import MakeTables
from wallets.migrations import _guards


class Migration(migrations.Migration):
    replaces = [
        ("wallets", "0001_initial"),
        ("wallets", "0002_address_permissions"),
        ("wallets", "0003_shorter_hold"),
        ("wallets", "0004_sending"),
        ("wallets", "0005_chain_highest"),
        ("wallets", "0006_custody"),
        ("wallets", "0007_deposits"),
        ("wallets", "0008_withdrawals"),
        ("wallets", "0009_reserves"),
        ("wallets", "0010_signing"),
        ("wallets", "0011_accept_fork"),
        ("wallets", "0012_screening_by_compliance"),
        ("wallets", "0013_frozen_snapshots"),
        ("wallets", "0014_book_entries_by_key"),
    ]

    initial = True

    dependencies = [("exchange", "0001_squashed_0019"), ("compliance", "0001_squashed_0015")]

    operations = [
        MakeTables(
            tables=[
                migrations.CreateModel(
                    name="BookPolicy",
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
                        ("customer_id", models.BigIntegerField(unique=True)),
                        ("whitelist_only", models.BooleanField(default=False)),
                        ("loosens_at", models.DateTimeField(null=True)),
                        ("hold_hours", models.PositiveSmallIntegerField(default=24)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        ("shortens_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name_plural": "book policies",
                    },
                ),
                migrations.CreateModel(
                    name="Address",
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
                        ("customer_id", models.BigIntegerField(null=True)),
                        ("index", models.PositiveBigIntegerField()),
                        ("change", models.BooleanField(default=False)),
                        ("address", models.CharField(max_length=128)),
                        ("key", models.CharField(max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("retired_at", models.DateTimeField(null=True)),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                        (
                            "key_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="wallets.keyset",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "key", "memo"), name="address_of_one_owner"
                            ),
                            models.UniqueConstraint(
                                fields=("key_set", "index", "change", "memo"),
                                name="address_derived_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("customer_id__isnull", False), ("retired_at__isnull", True)
                                ),
                                fields=("customer_id", "network"),
                                name="one_current_deposit_address",
                            ),
                        ],
                        "permissions": [
                            ("issue_address", "Can have a customer's deposit address made")
                        ],
                        "verbose_name_plural": "addresses",
                    },
                ),
                migrations.CreateModel(
                    name="KeySet",
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
                            "role",
                            models.CharField(
                                choices=[
                                    ("deposit", "Deposit"),
                                    ("hot", "Hot"),
                                    ("warm", "Warm"),
                                    ("cold", "Cold"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "scheme",
                            models.CharField(
                                choices=[
                                    ("wpkh", "Bitcoin, one key (P2WPKH)"),
                                    ("wsh_multi", "Bitcoin, several keys (P2WSH sortedmulti)"),
                                    ("evm_xpub", "EVM, derived keys"),
                                    ("evm_key", "EVM, one key"),
                                    ("safe", "EVM, Safe multisig"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("public", models.TextField()),
                        ("threshold", models.PositiveSmallIntegerField(default=1)),
                        ("signers", models.PositiveSmallIntegerField(default=1)),
                        ("signer_key", models.CharField(blank=True, max_length=60)),
                        ("next_index", models.PositiveBigIntegerField(default=0)),
                        ("active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="key_sets",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "name"), name="key_set_named_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=("network", "role"),
                                name="one_active_key_set_a_role",
                            ),
                        ],
                        "permissions": [
                            (
                                "register_key_set",
                                "Can propose and decide which keys our addresses come from",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChainTransaction",
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
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("withdrawal", "Withdrawal"),
                                    ("sweep", "Sweep"),
                                    ("gas", "Gas"),
                                    ("rebalance", "Rebalance"),
                                    ("cold", "cold to hot"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("reference", models.CharField(max_length=120, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("prepared", "Prepared"),
                                    ("signed", "Signed"),
                                    ("broadcast", "Broadcast"),
                                    ("confirmed", "Confirmed"),
                                    ("replaced", "Replaced"),
                                    ("dropped", "Dropped"),
                                    ("failed", "Failed"),
                                    ("abandoned", "Abandoned"),
                                ],
                                default="prepared",
                                max_length=10,
                            ),
                        ),
                        ("nonce", models.BigIntegerField(null=True)),
                        ("unsigned", models.TextField()),
                        ("signed", models.TextField(blank=True)),
                        ("txid", models.CharField(blank=True, db_index=True, max_length=66)),
                        (
                            "fee_units",
                            exchange.core.money.UnitsField(
                                decimal_places=0, default=0, max_digits=78
                            ),
                        ),
                        (
                            "fee_rate",
                            exchange.core.money.UnitsField(
                                decimal_places=0, default=0, max_digits=78
                            ),
                        ),
                        ("height", models.BigIntegerField(null=True)),
                        ("block_hash", models.CharField(blank=True, max_length=66)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("signed_at", models.DateTimeField(null=True)),
                        ("broadcast_at", models.DateTimeField(null=True)),
                        ("confirmed_at", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("last_error", models.CharField(blank=True, max_length=500)),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                        (
                            "replaces",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="wallets.chaintransaction",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "key_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transactions",
                                to="wallets.keyset",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(null=True)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("fee_from_payment", models.BooleanField(default=False)),
                        ("times_mined", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["prepared", "signed", "broadcast", "dropped"])
                                ),
                                fields=["network", "id"],
                                name="transactions_under_way",
                            ),
                            models.Index(
                                condition=models.Q(("height__isnull", False)),
                                fields=["network", "height"],
                                name="transactions_by_height",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("nonce__isnull", False),
                                    ("replaces__isnull", True),
                                    models.Q(("state", "abandoned"), _negated=True),
                                ),
                                fields=("source", "nonce"),
                                name="one_intent_a_nonce",
                            )
                        ],
                        "permissions": [
                            (
                                "bump_chaintransaction",
                                "Can raise the fee of a transaction that is stuck",
                            ),
                            (
                                "rebroadcast_chaintransaction",
                                "Can send a signed transaction to the network again",
                            ),
                            (
                                "abandon_chaintransaction",
                                "Can give up a transaction before it is signed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NetworkWatch",
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
                        ("birth_height", models.BigIntegerField()),
                        ("height", models.BigIntegerField()),
                        ("hash", models.CharField(max_length=66)),
                        ("node_height", models.BigIntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("following", "Following"),
                                    ("behind", "Behind"),
                                    ("down", "Down"),
                                    ("wrong_chain", "Wrong Chain"),
                                    ("lying", "Lying"),
                                ],
                                default="following",
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("can_trace", models.BooleanField(null=True)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("moved_at", models.DateTimeField(null=True)),
                        (
                            "network",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="watch",
                                to="exchange.network",
                            ),
                        ),
                        ("highest", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "verbose_name_plural": "network watches",
                        "permissions": [
                            ("accept_fork", "Can let a network walk back deeper than is accepted")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
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
                        ("address", models.CharField(max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("reference", models.CharField(db_index=True, max_length=120)),
                        (
                            "asset_network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "transaction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SeenBlock",
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
                        ("height", models.BigIntegerField()),
                        ("hash", models.CharField(max_length=66)),
                        ("parent", models.CharField(max_length=66)),
                        ("mined_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "height"), name="one_block_a_height"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccountBalance",
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
                            "units",
                            exchange.core.money.UnitsField(
                                decimal_places=0, default=0, max_digits=78
                            ),
                        ),
                        ("height", models.BigIntegerField()),
                        (
                            "asset_network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balances",
                                to="wallets.address",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("address", "asset_network"),
                                name="one_balance_an_address_asset",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookEntry",
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
                        ("customer_id", models.BigIntegerField(db_index=True)),
                        ("address", models.CharField(max_length=128)),
                        ("key", models.CharField(max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("label", models.CharField(max_length=60)),
                        ("added_at", models.DateTimeField(auto_now_add=True)),
                        ("usable_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(null=True)),
                        (
                            "asset",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "book entries",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("customer_id", "network", "key", "memo"),
                                name="address_in_book_once",
                            )
                        ],
                        "indexes": [models.Index(fields=["key"], name="book_entries_by_key")],
                    },
                ),
                migrations.CreateModel(
                    name="Coin",
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
                        ("txid", models.CharField(max_length=64)),
                        ("index", models.PositiveIntegerField()),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("height", models.BigIntegerField()),
                        ("coinbase", models.BooleanField(default=False)),
                        ("spent_in", models.CharField(blank=True, max_length=64)),
                        ("spent_height", models.BigIntegerField(null=True)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coins",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                        (
                            "reserved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inputs",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("spent_height__isnull", True)),
                                fields=["address"],
                                name="coins_to_spend",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "txid", "index"), name="one_coin_an_output"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BalanceChange",
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
                        ("height", models.BigIntegerField()),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "asset_network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "height", "address", "asset_network"),
                                name="one_change_a_block_and_balance",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ForeignSpend",
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
                        ("txid", models.CharField(max_length=66)),
                        ("what", models.CharField(max_length=80)),
                        ("nonce", models.BigIntegerField(null=True)),
                        ("height", models.BigIntegerField()),
                        ("seen_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["network", "height"], name="foreign_spends_by_height"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "txid", "what"), name="one_row_a_foreign_spend"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Input",
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
                        ("txid", models.CharField(max_length=64)),
                        ("index", models.PositiveIntegerField()),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "transaction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spends",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["txid", "index"], name="inputs_by_outpoint")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChainComparison",
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
                        ("ok", models.BooleanField()),
                        ("rows", models.JSONField()),
                        ("took_ms", models.PositiveIntegerField()),
                    ],
                    options={
                        "permissions": [
                            ("book_surplus", "Can book what the chain has more as the house's own")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ColdPayment",
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
                        ("address", models.CharField(max_length=128)),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("whose", models.CharField(blank=True, max_length=40)),
                        ("reason", models.CharField(max_length=500)),
                        ("drafted_by", models.CharField(max_length=254)),
                        ("drafter_id", models.BigIntegerField(null=True)),
                        ("approved_by", models.CharField(blank=True, max_length=254)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("drafted", "Drafted"),
                                    ("signing", "Signing"),
                                    ("ready", "Ready"),
                                    ("sent", "Sent"),
                                    ("done", "confirmed"),
                                    ("cancelled", "Cancelled"),
                                    ("failed", "Failed"),
                                ],
                                default="drafted",
                                max_length=10,
                            ),
                        ),
                        ("unsigned", models.TextField(blank=True)),
                        ("digest", models.CharField(blank=True, max_length=66)),
                        ("nonce", models.BigIntegerField(null=True)),
                        (
                            "fee_units",
                            exchange.core.money.UnitsField(
                                decimal_places=0, default=0, max_digits=78
                            ),
                        ),
                        ("threshold", models.PositiveSmallIntegerField()),
                        ("cosigners", models.JSONField(default=list)),
                        ("txid", models.CharField(blank=True, max_length=66)),
                        ("height", models.BigIntegerField(null=True)),
                        ("last_error", models.CharField(blank=True, max_length=500)),
                        ("drafted_at", models.DateTimeField(auto_now_add=True)),
                        ("ready_at", models.DateTimeField(null=True)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        (
                            "asset_network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "key_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cold_payments",
                                to="wallets.keyset",
                            ),
                        ),
                        (
                            "transaction",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cold_payment",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            (
                                "draft_cold_payment",
                                "Can draft and cancel payments out of cold storage",
                            ),
                            (
                                "approve_cold_payment",
                                "Can approve a payment out of cold storage to strangers",
                            ),
                            ("upload_cold_signature", "Can hand in what cosigners signed"),
                            ("send_cold_payment", "Can send what enough cosigners have signed"),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["drafted", "signing", "ready", "sent"])
                                ),
                                fields=["key_set", "id"],
                                name="cold_payments_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("nonce__isnull", False),
                                    models.Q(("state__in", ["cancelled", "failed"]), _negated=True),
                                ),
                                fields=("key_set", "nonce"),
                                name="one_cold_payment_a_nonce",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ColdSignature",
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
                        ("cosigner", models.CharField(max_length=42)),
                        ("signature", models.TextField()),
                        ("handed_in_by", models.CharField(max_length=254)),
                        ("handed_in_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="signatures",
                                to="wallets.coldpayment",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("payment", "cosigner"), name="one_signature_a_cosigner"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustodyAlarm",
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
                                    (
                                        "foreign_spend",
                                        "a spend that no transaction of ours explains",
                                    ),
                                    ("outflow", "more leaves a wallet than ever before"),
                                    ("difference", "the chain and the ledger do not agree"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[("watch", "Watch"), ("stop", "Stop")], max_length=6
                            ),
                        ),
                        ("reference", models.CharField(max_length=160, unique=True)),
                        ("says", models.CharField(max_length=500)),
                        ("facts", models.JSONField()),
                        ("switches", models.JSONField(default=list)),
                        ("raised_at", models.DateTimeField()),
                        ("freeze_signer", models.BooleanField(default=False)),
                        ("switched_at", models.DateTimeField(null=True)),
                        ("frozen_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        ("closed_by", models.CharField(blank=True, max_length=254)),
                        ("finding", models.CharField(blank=True, max_length=500)),
                        (
                            "asset",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "key_set",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.keyset",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("close_custody_alarm", "Can close a custody alarm with a finding")
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=["-id"],
                                name="alarms_open",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("switched_at__isnull", True),
                                    models.Q(("freeze_signer", True), ("frozen_at__isnull", True)),
                                    _connector="OR",
                                ),
                                fields=["id"],
                                name="alarms_to_act_on",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outflow",
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
                        ("height", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "asset_network",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "key_set",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.keyset",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["key_set", "asset_network", "at"],
                                name="outflow_of_a_wallet",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "height", "key_set", "asset_network"),
                                name="one_outflow_a_block",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WalletPolicy",
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
                            "cold_minimum_bp",
                            models.PositiveIntegerField(
                                default=9000,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        (
                            "hot_target_bp",
                            models.PositiveIntegerField(
                                default=500,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        (
                            "hot_high_bp",
                            models.PositiveIntegerField(
                                default=1000,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        (
                            "hot_low_bp",
                            models.PositiveIntegerField(
                                default=100,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        ("outflow_deviations", models.PositiveIntegerField(default=6)),
                        (
                            "outflow_share_bp",
                            models.PositiveIntegerField(
                                default=1000,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        (
                            "outflow_alone_bp",
                            models.PositiveIntegerField(
                                default=5000,
                                validators=[django.core.validators.MaxValueValidator(10000)],
                            ),
                        ),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        (
                            "asset",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "wallet policies",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("asset",),
                                name="one_wallet_policy_an_asset",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("hot_low_bp__lte", models.F("hot_target_bp")),
                                    ("hot_target_bp__lte", models.F("hot_high_bp")),
                                    ("hot_high_bp__lte", 10000),
                                    ("cold_minimum_bp__lte", 10000),
                                ),
                                name="wallet_policy_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deposit",
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
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("customer_id", models.BigIntegerField(null=True)),
                        ("txid", models.CharField(max_length=66)),
                        ("number", models.IntegerField()),
                        ("sender", models.CharField(blank=True, max_length=128)),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("coinbase", models.BooleanField(default=False)),
                        (
                            "balance_gap",
                            exchange.core.money.UnitsField(
                                decimal_places=0, default=0, max_digits=78, null=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("seen", "Seen"),
                                    ("confirming", "Confirming"),
                                    ("checked", "Checked"),
                                    ("credited", "Credited"),
                                    ("held", "held for review"),
                                    ("below_minimum", "below the minimum"),
                                    ("unknown_asset", "unknown asset"),
                                    ("no_owner", "without an owner"),
                                    ("refused", "to be returned"),
                                    ("returned", "Returned"),
                                    ("ignored", "Ignored"),
                                    ("orphaned", "taken back by the chain"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("orphaned_from", models.CharField(blank=True, max_length=14)),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        ("height", models.BigIntegerField(null=True)),
                        ("block_hash", models.CharField(blank=True, max_length=66)),
                        ("round", models.PositiveSmallIntegerField(default=1)),
                        (
                            "settled",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("seen_at", models.DateTimeField(auto_now_add=True)),
                        ("credited_at", models.DateTimeField(null=True)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deposits",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "asset_network",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                        (
                            "senders",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=128), null=True, size=None
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("review_deposit", "Can decide about deposits that wait in a queue"),
                            (
                                "grant_deposit",
                                "Can propose and decide that a deposit is credited to somebody",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["customer_id", "-id"], name="deposits_of_customer"
                            ),
                            models.Index(fields=["network", "height"], name="deposits_by_block"),
                            models.Index(fields=["txid"], name="deposits_by_txid"),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["seen", "confirming", "checked"])
                                ),
                                fields=["network", "state", "height"],
                                name="deposits_under_way",
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "held",
                                            "below_minimum",
                                            "unknown_asset",
                                            "no_owner",
                                            "refused",
                                        ],
                                    )
                                ),
                                fields=["state", "id"],
                                name="deposits_in_queues",
                            ),
                            models.Index(
                                django.db.models.functions.text.Lower("sender"),
                                name="deposits_by_sender",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["senders"], name="deposits_by_senders"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("network", "txid", "number"), name="one_deposit_an_output"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DepositCheck",
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
                        ("round", models.PositiveSmallIntegerField()),
                        ("gate", models.CharField(max_length=40)),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("pass", "let through"),
                                    ("hold", "hold for review"),
                                    ("refuse", "Refuse"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("message", models.CharField(blank=True, max_length=500)),
                        ("at", models.DateTimeField(auto_now_add=True)),
                        (
                            "deposit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="checks",
                                to="wallets.deposit",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["deposit", "id"], name="checks_of_deposit")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReorgDebt",
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
                        ("customer_id", models.BigIntegerField(db_index=True)),
                        (
                            "amount",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        (
                            "paid",
                            exchange.core.money.AmountField(
                                decimal_places=18, default=0, max_digits=38
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("changed_at", models.DateTimeField(auto_now=True)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "deposit",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="debt",
                                to="wallets.deposit",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("collect_debt", "Can propose and decide the collection of a debt")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("paid__gte", 0), ("paid__lte", models.F("amount"))
                                ),
                                name="debt_paid_within_amount",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Withdrawal",
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
                        ("owner_id", models.BigIntegerField()),
                        ("address", models.CharField(blank=True, max_length=128)),
                        ("key", models.CharField(blank=True, max_length=128)),
                        ("memo", models.CharField(blank=True, max_length=64)),
                        ("account_id", models.BigIntegerField()),
                        (
                            "amount",
                            exchange.core.money.AmountField(decimal_places=18, max_digits=38),
                        ),
                        ("fee", exchange.core.money.AmountField(decimal_places=18, max_digits=38)),
                        (
                            "value_usdt",
                            exchange.core.money.AmountField(
                                decimal_places=18, max_digits=38, null=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "requested"),
                                    ("held", "being checked"),
                                    ("approved", "waiting to be sent"),
                                    ("signed", "being sent"),
                                    ("broadcast", "on its way"),
                                    ("confirmed", "done"),
                                    ("cancelled", "cancelled"),
                                    ("refused", "refused"),
                                    ("failed", "failed"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        (
                            "via",
                            models.CharField(
                                choices=[("page", "the page"), ("api", "the API")], max_length=4
                            ),
                        ),
                        ("api_key_id", models.BigIntegerField(null=True)),
                        ("device_id", models.BigIntegerField(null=True)),
                        ("ip", models.GenericIPAddressField(null=True)),
                        ("request_no", models.CharField(max_length=64)),
                        ("input_hash", models.CharField(max_length=64)),
                        ("approvals_needed", models.PositiveSmallIntegerField(default=0)),
                        ("gates_round", models.PositiveSmallIntegerField(default=0)),
                        ("recheck_at", models.DateTimeField(null=True)),
                        ("customer_message", models.CharField(blank=True, max_length=300)),
                        ("stuck", models.CharField(blank=True, max_length=300)),
                        ("attempt", models.PositiveSmallIntegerField(default=0)),
                        ("times_settled", models.PositiveSmallIntegerField(default=0)),
                        ("requested_at", models.DateTimeField()),
                        ("approved_at", models.DateTimeField(null=True)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "asset_network",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.assetnetwork",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_received",
                                to="exchange.customer",
                            ),
                        ),
                        (
                            "transaction",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            (
                                "approve_withdrawal",
                                "Can approve and refuse withdrawals that are being checked",
                            ),
                            (
                                "cancel_withdrawal",
                                "Can cancel a customer's withdrawal before it is signed",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["customer", "-id"], name="withdrawals_of_customer"
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "requested",
                                            "held",
                                            "approved",
                                            "signed",
                                            "broadcast",
                                            "confirmed",
                                        ],
                                    )
                                ),
                                fields=["owner_id", "requested_at"],
                                name="withdrawals_counted",
                            ),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["requested", "held", "approved", "signed", "broadcast"],
                                    )
                                ),
                                fields=["state", "id"],
                                name="withdrawals_open",
                            ),
                            models.Index(fields=["key", "id"], name="withdrawals_by_address"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("customer", "request_no"), name="withdrawal_asked_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("asset_network__isnull", False),
                                    ("recipient__isnull", False),
                                    _connector="XOR",
                                ),
                                name="withdrawal_to_chain_or_customer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0), ("fee__gte", 0)),
                                name="withdrawal_of_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GateOutcome",
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
                        ("round", models.PositiveSmallIntegerField()),
                        ("gate", models.CharField(max_length=30)),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("pass", "passed"),
                                    ("hold", "held"),
                                    ("refuse", "refused"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=40)),
                        ("message", models.CharField(blank=True, max_length=300)),
                        ("at", models.DateTimeField()),
                        (
                            "withdrawal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outcomes",
                                to="wallets.withdrawal",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("withdrawal", "round", "gate"),
                                name="one_outcome_a_gate_and_round",
                            )
                        ],
                    },
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
                        ("round", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("approve", "approved"), ("refuse", "refused")],
                                max_length=8,
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
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
                            "withdrawal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="wallets.withdrawal",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("withdrawal", "round", "by"),
                                name="one_decision_a_person_and_round",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OperatorApproval",
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
                        ("operator", models.CharField(max_length=60)),
                        ("signature", models.CharField(max_length=128)),
                        ("contents", models.TextField()),
                        ("at", models.DateTimeField()),
                        (
                            "handed_in_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "transaction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="operator_approvals",
                                to="wallets.chaintransaction",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("transaction", "operator"), name="one_approval_an_operator"
                            )
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
                        ("name", models.CharField(max_length=20, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "Requested"),
                                    ("building", "Building"),
                                    ("ready", "Ready"),
                                    ("published", "Published"),
                                    ("discarded", "Discarded"),
                                    ("failed", "Failed"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        ("says", models.CharField(blank=True, max_length=500)),
                        ("requested_by", models.CharField(max_length=254)),
                        ("requested_at", models.DateTimeField(auto_now_add=True)),
                        ("taken_at", models.DateTimeField(null=True)),
                        ("root", models.BinaryField(max_length=32, null=True)),
                        ("holders", models.PositiveBigIntegerField(default=0)),
                        ("built_at", models.DateTimeField(null=True)),
                        ("published_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "permissions": [
                            ("take_snapshot", "Can take, build and discard snapshots of reserves"),
                            ("prove_ownership", "Can gather proofs that addresses are ours"),
                            ("publish_snapshot", "Can propose that a snapshot be published"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LiabilityTree",
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
                        ("code", models.CharField(max_length=15)),
                        ("decimals", models.PositiveSmallIntegerField()),
                        ("owed", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("house", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        ("holders", models.PositiveBigIntegerField()),
                        ("sealed_key", models.BinaryField(null=True)),
                        ("leaves", models.PositiveBigIntegerField(default=0)),
                        ("root", models.BinaryField(max_length=32, null=True)),
                        ("built_at", models.DateTimeField(null=True)),
                        (
                            "asset",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.asset",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trees",
                                to="wallets.snapshot",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("snapshot", "asset"), name="one_tree_an_asset"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReserveAddress",
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
                        ("written", models.CharField(max_length=128)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("deposit", "Deposit"),
                                    ("hot", "Hot"),
                                    ("warm", "Warm"),
                                    ("cold", "Cold"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "scheme",
                            models.CharField(
                                choices=[
                                    ("wpkh", "Bitcoin, one key (P2WPKH)"),
                                    ("wsh_multi", "Bitcoin, several keys (P2WSH sortedmulti)"),
                                    ("evm_xpub", "EVM, derived keys"),
                                    ("evm_key", "EVM, one key"),
                                    ("safe", "EVM, Safe multisig"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("height", models.BigIntegerField()),
                        ("block_hash", models.CharField(max_length=66)),
                        ("message", models.CharField(max_length=500)),
                        ("signature", models.TextField(blank=True)),
                        ("partial", models.JSONField(default=dict)),
                        ("proved_at", models.DateTimeField(null=True)),
                        ("proved_by", models.CharField(blank=True, max_length=254)),
                        ("last_error", models.CharField(blank=True, max_length=500)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.address",
                            ),
                        ),
                        (
                            "network",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.network",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="wallets.snapshot",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "reserve addresses",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("proved_at__isnull", True)),
                                fields=["snapshot", "id"],
                                name="addresses_to_prove",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("snapshot", "address"), name="one_proof_an_address"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SnapshotHolder",
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
                        ("name", models.CharField(max_length=300)),
                        (
                            "snapshot",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.snapshot",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("snapshot", "customer_id"), name="one_holder_a_snapshot"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Liability",
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
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "tree",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="wallets.liabilitytree",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "liabilities",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tree", "customer_id"), name="one_liability_a_customer"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("units__gt", 0)), name="liability_above_zero"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LeafBlock",
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
                        ("number", models.PositiveIntegerField()),
                        ("first_nonce", models.BinaryField(max_length=32)),
                        ("top", models.BinaryField(max_length=48)),
                        ("body", models.BinaryField()),
                        (
                            "tree",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="wallets.liabilitytree",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tree", "number"), name="one_block_a_number"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReserveHolding",
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
                        ("decimals", models.PositiveSmallIntegerField()),
                        ("contract", models.CharField(blank=True, max_length=128)),
                        ("units", exchange.core.money.UnitsField(decimal_places=0, max_digits=78)),
                        (
                            "address",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holdings",
                                to="wallets.reserveaddress",
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("address", "asset"), name="one_holding_an_asset"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThawApproval",
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
                        ("operator", models.CharField(max_length=60)),
                        ("signature", models.CharField(max_length=128)),
                        ("contents", models.TextField()),
                        ("at", models.DateTimeField()),
                        (
                            "handed_in_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "permissions": [
                            ("freeze_signer", "Can stop the signer from signing"),
                            (
                                "thaw_signer",
                                "Can hand in operators' signatures that let it sign again",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("operator", "contents"),
                                name="one_thaw_approval_an_operator",
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(_guards.GUARDS, _guards.UNGUARD),
    ]
