"""Composition root of addresses: every app's index of routes, and the staff site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("staff/", admin.site.urls),
    path("", include("exchange.routes")),
    path("", include("compliance.routes")),
    path("", include("wallets.routes")),
    path("", include("launchpad.routes")),
]
handler400 = "exchange.api.pages.bad_request"
handler403 = "exchange.api.pages.permission_denied"
handler404 = "exchange.api.pages.not_found"
handler500 = "exchange.api.pages.server_error"
