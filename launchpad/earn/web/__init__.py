"""The customer's pages of what they lend, stake and commit."""

from django.urls import path

from launchpad.earn.web import pages

urlpatterns = [
    path("earn", pages.home, name="earn"),
    path("earn/positions", pages.positions, name="earn-positions"),
    path("earn/positions/<int:position_id>", pages.position, name="earn-position"),
    path("earn/positions/<int:position_id>/compound", pages.compound, name="earn-compound"),
    path("earn/<slug:slug>", pages.product, name="earn-product"),
]
