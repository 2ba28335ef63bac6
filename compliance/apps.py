"""The compliance app: its rooms are its sub-packages."""

from django.apps import AppConfig

from exchange.celery import app as celery_app


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        """Load what registers itself: consumers, checks, kinds of proposals."""
        from compliance.cases import registered as cases  # noqa: F401
        from compliance.identity import registered as identity  # noqa: F401
        from compliance.monitoring import consumers, versions  # noqa: F401

        celery_app.autodiscover_tasks(["compliance"], force=True)
