"""The wallets app: its rooms are its sub-packages."""

from django.apps import AppConfig

from exchange.celery import app as celery_app


class WalletsConfig(AppConfig):
    name = "wallets"
    verbose_name = "Wallets"

    def ready(self) -> None:
        """Load what registers itself: watchers' consumers, outcomes, kinds of proposals, checks."""
        from wallets.addresses import keysets  # noqa: F401
        from wallets.chains import accept_fork  # noqa: F401
        from wallets.deposits import registered as deposits  # noqa: F401

        celery_app.autodiscover_tasks(["wallets"], force=True)
