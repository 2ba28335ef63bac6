"""The customer's withdrawal pages, and the page behind the freeze link."""

from django.urls import path

from wallets.withdrawals.web import ask, freeze_link, listing

urlpatterns = [
    path("withdraw", ask.choose_coin, name="withdraw"),
    path("withdraw/confirm", ask.confirm, name="withdraw-confirm"),
    path("withdraw/review", ask.review, name="withdraw-review"),
    path("withdrawals", listing.listing, name="withdrawals"),
    path("withdrawals/<int:withdrawal_id>/cancel", listing.cancel_one, name="withdrawal-cancel"),
    path("withdraw/<str:asset>", ask.choose_way, name="withdraw-way"),
    path("withdraw/<str:asset>/to-customer", ask.to_customer, name="withdraw-to-customer"),
    path("withdraw/<str:asset>/<str:network>", ask.to_address, name="withdraw-to-address"),
    path("freeze/<str:token>", freeze_link.freeze_page, name="withdrawals-freeze"),
]
