"""Customers' pages of token sales."""

from django.urls import path

from launchpad.sales.web import files, pages

urlpatterns = [
    path("launchpad", pages.calendar, name="launchpad"),
    path("launchpad/draw.py", files.script, name="sale-script"),
    path("launchpad/sales/<int:sale_id>", pages.sale_page, name="sale"),
    path("launchpad/sales/<int:sale_id>/commit", pages.commit, name="sale-commit"),
    path("launchpad/sales/<int:sale_id>/take-back", pages.take_back, name="sale-take-back"),
    path("launchpad/sales/<int:sale_id>/claim", pages.claim, name="sale-claim"),
    path("launchpad/sales/<int:sale_id>/figures.json", files.figures, name="sale-figures"),
    path("launchpad/sales/<int:sale_id>/inputs.csv", files.inputs_file, name="sale-inputs"),
    path("launchpad/sales/<int:sale_id>/results.csv", files.results_file, name="sale-results"),
]
