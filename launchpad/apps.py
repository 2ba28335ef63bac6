"""The launchpad app: its rooms are its sub-packages."""

from django.apps import AppConfig


class LaunchpadConfig(AppConfig):
    name = "launchpad"
    verbose_name = "Launchpad"
