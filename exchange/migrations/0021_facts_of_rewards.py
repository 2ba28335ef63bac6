from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0020_courtesy_letters"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fact",
            name="kind",
            field=models.CharField(
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
                    ("reward_paid", "Reward Paid"),
                    ("reward_held", "Reward Held"),
                    ("reward_refused", "Reward Refused"),
                    ("hot_wallet_payment", "Hot Wallet Payment"),
                ],
                max_length=30,
            ),
        ),
    ]
