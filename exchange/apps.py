"""The venue's Django app, and the staff site that replaces Django's default admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from exchange.celery import app as celery_app


class ExchangeConfig(AppConfig):
    name = "exchange"
    verbose_name = "Exchange"

    def ready(self) -> None:
        """Load what registers itself: tasks, listeners to logins, kinds of proposals, checks."""
        from exchange.accounts import api_keys, devices, restrictions, second_factor  # noqa: F401
        from exchange.assets import switches  # noqa: F401
        from exchange.audit import switches as throwing  # noqa: F401
        from exchange.trading import reconcile  # noqa: F401

        celery_app.autodiscover_tasks(["exchange"], force=True)


class StaffSiteConfig(AdminConfig):
    default_site = "exchange.portal.site.StaffSite"
