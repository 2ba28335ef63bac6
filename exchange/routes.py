"""Index: the addresses of every room."""

from django.urls import include, path
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog, set_language

from exchange.portal import health

strings = conditional_page(JavaScriptCatalog.as_view(packages=["exchange"]))

urlpatterns = [
    path("language", set_language, name="language"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("strings.js", strings, name="strings"),
    path("", include("exchange.accounts.api")),
    path("", include("exchange.accounts.web")),
    path("", include("exchange.api.schema")),
    path("", include("exchange.api.system")),
    path("", include("exchange.assets.api")),
    path("", include("exchange.ledger.api")),
    path("", include("exchange.ledger.web")),
    path("", include("exchange.markets.api")),
    path("", include("exchange.markets.web")),
    path("", include("exchange.trading.api")),
    path("", include("exchange.trading.web")),
]
