"""Index: the addresses of every room."""

from django.urls import path

from exchange.portal import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
