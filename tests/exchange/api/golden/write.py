"""Write the API's description down anew, after a change that is meant.

Run as `python -m tests.exchange.api.golden.write`, and read the difference before committing it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import django
from django.urls import get_resolver


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "exchange.settings.test"
    django.setup()
    from exchange.api import schema

    assert get_resolver().url_patterns
    text = json.dumps(schema.document(), indent=1, sort_keys=True) + "\n"
    Path(__file__).with_name("schema.json").write_text(text, "utf8")


if __name__ == "__main__":
    main()
