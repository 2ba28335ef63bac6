"""The launchpad app: its rooms are its sub-packages."""

from django.apps import AppConfig

from exchange.celery import app as celery_app


class LaunchpadConfig(AppConfig):
    name = "launchpad"
    verbose_name = "Launchpad"

    def ready(self) -> None:
        """Load what registers itself: checks, kinds of proposals, consumers."""
        from launchpad.earn import registered as earn  # noqa: F401
        from launchpad.governance import registered as governance  # noqa: F401
        from launchpad.programmes import check, fund  # noqa: F401
        from launchpad.rewards import registered as rewards  # noqa: F401
        from launchpad.sales import registered as sales  # noqa: F401

        celery_app.autodiscover_tasks(["launchpad"], force=True)
