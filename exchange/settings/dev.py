"""Development and the demo: what `make run` uses. Static files from source, over plain HTTP."""

from exchange.settings.base import *  # noqa: F403
from exchange.settings.base import ENV, ROOT, VAR, required

SECRET_KEY = required("SECRET_KEY")
VAULT_KEY = required("VAULT_KEY")
PLACE_NAME = ENV.get("PLACE_NAME", "Demo")
KEEPS_LETTERS = "EMAIL_BACKEND" not in ENV
DEMO_BOTS = ENV.get("DEMO_BOTS", "1") == "1"
DEMO_FAUCET = ENV.get("DEMO_FAUCET", "1") == "1"
TRAVEL_PEER_PORT = int(ENV.get("TRAVEL_PEER_PORT", "0"))
# Invented people and companies, in the lists' own formats.
_INVENTED = ROOT / "compliance" / "screening" / "data"
SCREENING_LISTS = ENV.get("SCREENING_LISTS", "").split() or [
    str(_INVENTED / name) for name in ("ofac", "un.xml", "eu.xml", "addresses")
]
DEBUG = ENV.get("DEBUG", "") == "1"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 60
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
(VAR / "static").mkdir(parents=True, exist_ok=True)  # whitenoise looks there too
