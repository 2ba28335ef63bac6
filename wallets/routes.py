"""Index: the addresses of every room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("wallets.addresses.api")),
    path("", include("wallets.addresses.web")),
    path("", include("wallets.demo.web")),
    path("", include("wallets.deposits.api")),
    path("", include("wallets.deposits.web")),
    path("", include("wallets.history.api")),
    path("", include("wallets.history.web")),
    path("", include("wallets.reserves.web")),
    path("", include("wallets.withdrawals.api")),
    path("", include("wallets.withdrawals.web")),
]
