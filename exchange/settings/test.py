"""Tests: PostgreSQL as in production, one database start for all, quick password hashes."""

from exchange.settings.base import *  # noqa: F403
from exchange.settings.base import CACHES, ENV, REDIS_URL, VAR, database

SECRET_KEY = "tests-only-tests-only-tests-only-tests-only-tests-only"
VAULT_KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
# The superuser: tests truncate tables whose triggers refuse it to everybody else, and switch to
# the application's role where they prove what it may not do.
DATABASES = {
    "default": {
        **database(ENV.get("TEST_DATABASE_URL", "postgresql://127.0.0.1/none")),
        "CONN_MAX_AGE": 0,
    }
}
# Parallel test processes share one Valkey, each in a database of its own.
WORKER = int(ENV.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = f"{REDIS_URL.rpartition('/')[0]}/{2 + WORKER % 14}"
CACHES["default"]["LOCATION"] = REDIS_URL
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
(VAR / "static").mkdir(parents=True, exist_ok=True)  # whitenoise looks there too
# Addresses in tests are the embedded chains', whether a test starts a node or not.
CHAIN_ENVIRONMENT = {"BTC_CHAIN": "regtest", "LTC_CHAIN": "regtest"}
