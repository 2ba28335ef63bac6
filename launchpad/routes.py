"""Index: the addresses of every room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("launchpad.earn.api")),
    path("", include("launchpad.earn.web")),
    path("", include("launchpad.governance.api")),
    path("", include("launchpad.governance.web")),
    path("", include("launchpad.sales.api")),
    path("", include("launchpad.sales.web")),
    path("", include("launchpad.listings.api")),
    path("", include("launchpad.listings.web")),
    path("", include("launchpad.rewards.api")),
    path("", include("launchpad.rewards.web")),
]
