"""Which strings a customer can meet, found by reading the sources.

Everything is a customer's unless it lies where only staff look: STAFF below says where. Templates
are read the way Django's own extraction reads them, so that the strings are the same to the letter.
"""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("exchange", "compliance", "wallets", "launchpad")
STAFF = (
    "*/admin.py",
    "*/admin/*",
    "*/migrations/*",
    "*/management/*",
    "exchange/audit/*",
    "exchange/demo/*",
    "exchange/launcher/*",
    "exchange/portal/*",
    "exchange/accounts/invitations.py",
    "compliance/demo/*",
    "compliance/monitoring/*",
    "compliance/reporting/*",
    "compliance/screening/*",
    "compliance/cases/[!enqw]*",
    "compliance/cases/notes.py",
    "compliance/cases/quality.py",
    "compliance/identity/decide.py",
    "compliance/identity/methods.py",
    "compliance/identity/pep.py",
    "wallets/addresses/derive.py",
    "wallets/addresses/keysets.py",
    "wallets/chains/*",
    "wallets/custody/*",
    "wallets/deposits/debts.py",
    "wallets/deposits/review.py",
    "wallets/sending/*",
    "wallets/signer/*",
    "wallets/signing/*",
    "launchpad/demo/*",
    "launchpad/programmes/*",
    "launchpad/snapshots/*",
    "launchpad/earn/arrivals.py",
    "launchpad/earn/evidence.py",
    "launchpad/earn/keep.py",
    "launchpad/earn/lent.py",
    "launchpad/earn/products.py",
    "launchpad/earn/reward_files.py",
    "launchpad/earn/terms.py",
    "launchpad/earn/vaults.py",
    "launchpad/earn/watching.py",
    "launchpad/governance/carry.py",
    "launchpad/governance/review.py",
    "launchpad/listings/checklist.py",
    "launchpad/listings/checks.py",
    "launchpad/listings/committee.py",
    "launchpad/listings/delist.py",
    "launchpad/listings/duties.py",
    "launchpad/listings/insiders.py",
    "launchpad/listings/interests.py",
    "launchpad/listings/models/*",
    "launchpad/listings/rapid.py",
    "launchpad/listings/schedule.py",
    "launchpad/listings/screen.py",
    "launchpad/listings/stages.py",
    "launchpad/listings/terms.py",
    "launchpad/listings/warn.py",
    "launchpad/rewards/approve.py",
    "launchpad/rewards/campaigns.py",
    "launchpad/sales/announce.py",
    "launchpad/sales/checks.py",
    "templates/admin/*",
    "templates/*/admin_*.html",
    "templates/compliance/monitoring/*",
    "templates/compliance/reporting/*",
    "templates/exchange/accounts/invitation.html",
    "templates/exchange/accounts/mail/staff_invitation.txt",
    "templates/launchpad/snapshots/*",
    "templates/wallets/custody/*",
    "templates/wallets/parts/operator_approval.html",
    "templates/wallets/signing/*",
)
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
NAMED = {"pgettext", "pgettext_lazy"}
CALLS = ONE | MANY | NAMED

_LITERAL = r"u?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
_CALL = re.compile(rf"(?<![\w.])({'|'.join(CALLS)})\(\s*((?:{_LITERAL}\s*(?:[,+]\s*)?)+)", re.S)


class Marked(NamedTuple):
    """One string to translate."""

    text: str
    plural: str = ""
    context: str = ""


Reader = Callable[[str], Iterable[Marked]]


def is_staffs(path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in STAFF)


def pages() -> list[Path]:
    """Templates: pages and letters."""
    found = [p for p in (ROOT / "templates").rglob("*") if p.suffix in (".html", ".txt")]
    return sorted(found)


def modules() -> list[Path]:
    return sorted(p for app in APPS for p in (ROOT / app).rglob("*.py"))


def scripts() -> list[Path]:
    return sorted((ROOT / "static/js").rglob("*.js"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def in_lesson(source: str) -> Iterator[Marked]:
    """Every sentence of a lesson's file."""
    data = tomllib.loads(source)
    yield Marked(data["title"])
    for part in data["part"]:
        yield from map(Marked, [part["heading"], *part["says"]])
    for question in data["question"]:
        yield from map(Marked, [question["asks"], *question["choices"], question["why"]])


def in_criteria(source: str) -> Iterator[Marked]:
    for row in csv.DictReader(source.splitlines()):
        yield from (Marked(row["title"]), Marked(row["says"]))


def in_countries(source: str) -> Iterator[Marked]:
    for row in csv.DictReader(source.splitlines()):
        yield Marked(row["name"])


@cache
def of_domain(domain: str) -> dict[Marked, tuple[str, ...]]:
    """A customer's strings, with the files they stand in. `djangojs` is what scripts say."""
    if domain == "djangojs":
        return _gathered([(p, in_calls) for p in scripts()])
    return _gathered([(p, read) for p, read in _sources() if not is_staffs(named(p))])


@cache
def of_staff() -> dict[Marked, tuple[str, ...]]:
    """The strings of everything that only staff see."""
    return _gathered([(p, read) for p, read in _sources() if is_staffs(named(p))])


def untold(known: GNUTranslations, wanted: Iterable[Marked]) -> list[Marked]:
    """Those of `wanted` that a catalogue has no words for, or not in every plural form."""
    told = known._catalog  # type: ignore[attr-defined]
    forms = range(int(known.info()["plural-forms"].partition(";")[0].partition("=")[2]))
    missing = []
    for one in wanted:
        key = f"{one.context}\x04{one.text}" if one.context else one.text
        keys = [(key, form) for form in forms] if one.plural else [key]
        if not all(told.get(each) for each in keys):
            missing.append(one)
    return missing


def _sources() -> list[tuple[Path, Reader]]:
    return [
        *((p, in_template) for p in pages()),
        *((p, in_module) for p in modules()),
        *((p, in_lesson) for p in sorted((ROOT / "launchpad/rewards/data/lessons").glob("*.toml"))),
        (ROOT / "launchpad/listings/data/criteria.csv", in_criteria),
        (ROOT / "compliance/identity/data/jurisdictions.csv", in_countries),
    ]


def _gathered(sources: list[tuple[Path, Reader]]) -> dict[Marked, tuple[str, ...]]:
    found: dict[Marked, list[str]] = {}
    for path, read in sources:
        for marked in read(path.read_text("utf8")):
            places = found.setdefault(marked, [])
            if named(path) not in places:
                places.append(named(path))
    # One id is one entry: a string that is counted somewhere is counted everywhere.
    plurals = {(m.context, m.text) for m in found if m.plural}
    return {
        m: tuple(places)
        for m, places in found.items()
        if m.plural or (m.context, m.text) not in plurals
    }


def in_template(source: str) -> Iterator[Marked]:
    yield from in_calls(templatize(source))


def in_calls(source: str) -> Iterator[Marked]:
    """Strings of calls, as they stand in scripts and in what `templatize` makes of a template."""
    for name, arguments in _CALL.findall(source):
        texts = _literals(arguments)
        yield _of_call(name, texts)


def _literals(arguments: str) -> list[str]:
    """Arguments as texts; pieces that a plus joins are one."""
    texts: list[str] = []
    joined = False
    for literal, after in re.findall(rf"({_LITERAL})\s*([,+]?)", arguments, re.S):
        text = ast.literal_eval(literal)
        if joined:
            texts[-1] += text
        else:
            texts.append(text)
        joined = after == "+"
    return texts


def in_module(source: str) -> Iterator[Marked]:
    if "translation" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            texts = []
            for argument in node.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    break
                texts.append(argument.value)
            if texts:
                yield _of_call(node.func.id, texts)


def _of_call(name: str, texts: list[str]) -> Marked:
    if name in MANY:
        return Marked(texts[0], plural=texts[1])
    if name in NAMED:
        return Marked(texts[1], context=texts[0])
    return Marked(texts[0])
