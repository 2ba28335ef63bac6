"""Production: TLS in front, secrets from the environment, hashed static files."""

from exchange.settings.base import *  # noqa: F403
from exchange.settings.base import required

SECRET_KEY = required("SECRET_KEY")
VAULT_KEY = required("VAULT_KEY")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
