"""The venue's Django app, and the staff site that replaces Django's default admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from exchange.celery import app as celery_app  # noqa: F401  the app that tasks are sent through


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "Exchange"


class StaffSiteConfig(AdminConfig):
    default_site = "exchange.portal.site.StaffSite"
