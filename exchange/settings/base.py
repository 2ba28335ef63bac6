"""Settings that every environment shares. What differs by machine is read from the environment.

The launcher (`make run`) exports the variables; a command started by hand reads them from
`var/env.json`, which the launcher writes. Production sets them in its own way.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("HOLDFAST_VAR", ROOT / "var"))


def _environment() -> dict[str, str]:
    """The process environment over what the launcher last wrote down."""
    written: dict[str, str] = {}
    if (VAR / "env.json").exists():
        written = json.loads((VAR / "env.json").read_text("utf8"))
    return {**written, **os.environ}


ENV = _environment()


def required(name: str) -> str:
    if name not in ENV:
        raise RuntimeError(f"{name} is not set: start the project with `make run`, or export it")
    return ENV[name]


def database(url: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name?sslmode=require` as Django wants it."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 600,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


SECRET_KEY = ENV.get("SECRET_KEY", "")
# Encrypts API secrets and second factors at rest: 32 bytes, base64. Losing it loses those secrets.
VAULT_KEY = ENV.get("VAULT_KEY", "")
DEBUG = False
ALLOWED_HOSTS = [h for h in ENV.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
BASE_URL = ENV.get("BASE_URL", f"http://127.0.0.1:{ENV.get('PORT', '8000')}")
WS_PUBLIC_URL = ENV.get("WS_PUBLIC_URL", "ws://127.0.0.1:8001/api?protocol=1.1")
WS_PRIVATE_URL = ENV.get("WS_PRIVATE_URL", "ws://127.0.0.1:8001/user?protocol=1.1")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "exchange.api.pages.csrf_failure"

INSTALLED_APPS = [
    "exchange.apps.ExchangeConfig",
    "exchange.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_otp",
    "axes",
    "csp",
    "rest_framework",
    "compliance.apps.ComplianceConfig",
    "wallets.apps.WalletsConfig",
    "launchpad.apps.LaunchpadConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "exchange.api.middleware.WireFormatMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "exchange.accounts.middleware.DeviceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "exchange.urls"
WSGI_APPLICATION = "exchange.wsgi.application"
APPEND_SLASH = False  # integrators' clients follow no redirects

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "exchange.portal.context.site",
            ],
        },
    },
]

DATABASES = {"default": database(ENV["DATABASE_URL"])} if "DATABASE_URL" in ENV else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENV.get("REDIS_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        # A server that accepts and never answers must not hold a request up.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}

# Said beside the name of the staff site, so that nobody mistakes a rehearsal for the exchange.
PLACE_NAME = ENV.get("PLACE_NAME", "")
KEEPS_LETTERS = False  # the demo sends no mail, and its pages say where the letters are
# Where sanctions lists come from: paths and https addresses, apart by spaces (runbook screening).
SCREENING_LISTS = ENV.get("SCREENING_LISTS", "").split()
# The demo's market makers; production leaves them out.
DEMO_BOTS = False

# A folder with schemas that a regulator handed out (str.schema.json, lvctr.schema.json,
# eftr.schema.json): they win over those that come with the source.
REPORT_SCHEMAS = ENV.get("REPORT_SCHEMAS", "")
# The page that hands out coins of development chains.
DEMO_FAUCET = False
# A market's matching queue is its id modulo this; one single-process worker consumes each queue,
# so that a market's book stays cached in one process. Raising it needs no migration.
MATCHING_SHARDS = int(ENV.get("MATCHING_SHARDS", "4"))
CELERY_BROKER_URL = ENV.get("CELERY_BROKER_URL", REDIS_URL)

# The process that holds the keys answers here; the web can only ask.
SIGNER_SOCKET = ENV.get("SIGNER_SOCKET", str(VAR / "signer" / "signer.sock"))
# Where the nodes of the chains are and which chains they must be on: `wallets.chains.nodes`.
CHAIN_ENVIRONMENT = {n: v for n, v in ENV.items() if n.startswith(("BTC_", "LTC_", "EVM_"))}

# What we are called among providers that tell each other who pays whom: `compliance.travel_rule`.
TRAVEL_RULE_NAME = ENV.get("TRAVEL_RULE_NAME", "Holdfast")
TRAVEL_RULE_LEI = ENV.get("TRAVEL_RULE_LEI", "9845HOLDFASTEXCH0083")
TRAVEL_RULE_COUNTRY = ENV.get("TRAVEL_RULE_COUNTRY", "US")
# Whose certificates are believed besides the system's; empty: the system's only.
TRAVEL_RULE_CA_FILE = ENV.get("TRAVEL_RULE_CA_FILE", "")
TRAVEL_PEER_PORT = 0  # the demo's own peer provider
TRAVEL_RULE_PLAIN_HTTP = False  # the demo may speak without TLS, to this machine only

# Who checks documents and faces: "manual" (our reviewers), "stripe". With the latter its key and
# the secrets of its webhook, old and new while they are being changed.
IDENTITY_PROVIDERS = ENV.get("IDENTITY_PROVIDERS", "manual").split(",")
IDENTITY_STRIPE_URL = ENV.get("IDENTITY_STRIPE_URL", "https://api.stripe.com")
IDENTITY_STRIPE_KEY = ENV.get("IDENTITY_STRIPE_KEY", "")
IDENTITY_STRIPE_SECRETS = ENV.get("IDENTITY_STRIPE_SECRETS", "").split(",")
# What FINTRAC's thresholds are compared by; rather too high than too low.
CAD_PER_USD = ENV.get("CAD_PER_USD", "1.45")
# Which country an IP address is in, and which hide: a CSV (see exchange/core/networks.py).
IP_NETWORKS = ENV.get("IP_NETWORKS", "")

AUTH_USER_MODEL = "exchange.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "markets"
LOGOUT_REDIRECT_URL = "home"

# Five wrong passwords for one login name from one address close it for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "exchange/accounts/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Its table of attempts must not keep what might be a valid second factor.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "otp_token", "code"]
AXES_CLIENT_IP_CALLABLE = "exchange.accounts.actors.client_ip"
# How many proxies of our own stand in front, each adding to X-Forwarded-For.
TRUSTED_PROXY_COUNT = int(ENV.get("TRUSTED_PROXY_COUNT", "0"))
OTP_TOTP_ISSUER = "Holdfast"

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the trade page sends it back as a header
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # The hash is lightweight-charts 5.2.1's one inline style (its attribution logo).
        "style-src": [SELF, NONCE, "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='"],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, _origin(WS_PUBLIC_URL), _origin(WS_PRIVATE_URL)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic")), ("de", _("German")), ("es", _("Spanish"))]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
# For floatformat's "gu": amounts are written 1,234.5 in every language, as fields take them.
NUMBER_GROUPING = 3
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EMAIL_BACKEND = ENV.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
DEFAULT_FROM_EMAIL = ENV.get("DEFAULT_FROM_EMAIL", "Holdfast <no-reply@holdfast.example>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "exchange.core.logs.formatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json"},
        # Counts warnings and errors for the staff dashboard.
        "faults": {"class": "exchange.portal.faults.FaultCounter"},
    },
    "root": {"handlers": ["console", "faults"], "level": ENV.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Three lines for every sweep of every second, forever.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # A line for every question to a node.
        "httpx": {"level": "WARNING"},
    },
}

# Where look-backs over long histories run: `duckdb` here, `spark`, or an address of Ibis, such as
# `trino://…` or `clickhouse://…` (see compliance/monitoring/lookback.py).
LOOK_BACK_ENGINE = ENV.get("LOOK_BACK_ENGINE", "duckdb")
