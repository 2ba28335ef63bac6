"""Bring locale/ up to date with the sources: new strings in, old ones out, sorted, compiled.

Run as `make words`. What customers meet is all in there; of the staff's strings only those that
somebody translated. Nothing is guessed: what is new comes with an empty translation, is listed
here, and fails tests/words until someone fills it in and runs this again.
"""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from collections.abc import Mapping
from gettext import GNUTranslations
from pathlib import Path
from subprocess import PIPE

from django.conf import settings

from tests.words import marked
from tests.words.marked import Marked

LANGUAGES = ("ar", "de", "es")
DOMAINS = ("django", "djangojs")
SORTED = ("--sort-output", "--no-wrap")


def main() -> None:
    settings.configure()
    missing: dict[Marked, list[str]] = {}
    for language in LANGUAGES:
        for domain in DOMAINS:
            for one in _bring_up_to_date(po_of(language, domain), domain):
                missing.setdefault(one, []).append(language)
    for one, languages in missing.items():
        print(f"to translate ({', '.join(languages)}): {one.text!r}")


def po_of(language: str, domain: str) -> Path:
    return marked.ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def compiled(po: Path) -> GNUTranslations:
    """What a .po holds, by the compiler's word. Raises when a placeholder got lost in it."""
    made = subprocess.run(["msgfmt", "--check-format", "-o", "-", po], check=True, stdout=PIPE)
    return GNUTranslations(io.BytesIO(made.stdout))


def _bring_up_to_date(po: Path, domain: str) -> list[Marked]:
    """Returns what has no translation yet."""
    wanted = marked.of_domain(domain) | _told_to_staff(po, domain)
    with tempfile.NamedTemporaryFile("w", suffix=".pot", encoding="utf8") as pot:
        pot.write(_template(wanted, domain))
        pot.flush()
        merge = ["msgmerge", "--quiet", "--no-fuzzy-matching", *SORTED, po, pot.name, "-o", po]
        subprocess.run(merge, check=True)
    subprocess.run(["msgattrib", "--no-obsolete", *SORTED, po, "-o", po], check=True)
    subprocess.run(["msgfmt", "--check-format", "-o", po.with_suffix(".mo"), po], check=True)
    return marked.untold(compiled(po), marked.of_domain(domain))


def _told_to_staff(po: Path, domain: str) -> dict[Marked, tuple[str, ...]]:
    """Strings of staff screens that this language has words for."""
    if domain != "django":
        return {}
    known = compiled(po)
    staffs = marked.of_staff()
    untold = set(marked.untold(known, staffs))
    taken = {(m.context, m.text) for m in marked.of_domain(domain)}
    return {
        m: places
        for m, places in staffs.items()
        if m not in untold and (m.context, m.text) not in taken
    }


def _template(wanted: Mapping[Marked, tuple[str, ...]], domain: str) -> str:
    lines = ['msgid ""', 'msgstr ""', r'"Content-Type: text/plain; charset=UTF-8\n"', ""]
    for one, places in sorted(wanted.items()):
        lines += [f"#: {place}" for place in places]
        if re.search(r"%(?:\(\w+\))?[sd]|%%", one.text):
            lines.append(f"#, {'python' if domain == 'django' else 'javascript'}-format")
        if one.context:
            lines.append(f"msgctxt {_quoted(one.context)}")
        lines.append(f"msgid {_quoted(one.text)}")
        if one.plural:
            lines += [f"msgid_plural {_quoted(one.plural)}", 'msgstr[0] ""', 'msgstr[1] ""', ""]
        else:
            lines += ['msgstr ""', ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    main()
