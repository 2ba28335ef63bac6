"""Composition root of addresses: every app's index of routes, and the staff site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("staff/", admin.site.urls),
    path("", include("exchange.routes")),
]
handler400 = "exchange.api.errors.bad_request"
handler403 = "exchange.api.errors.permission_denied"
handler404 = "exchange.api.errors.not_found"
handler500 = "exchange.api.errors.server_error"
