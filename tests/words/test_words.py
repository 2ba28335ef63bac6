"""A customer sees their own language everywhere: nothing they can meet lacks its words."""

from __future__ import annotations

import re
from gettext import GNUTranslations

import pytest
from django.template.base import Lexer, TokenType

from tests.words import marked, write
from tests.words.marked import Marked

OURS = [(language, domain) for language in write.LANGUAGES for domain in write.DOMAINS]
# What a page may say in every language alike: names, codes, and commands to type.
PLAIN = {"BMX", "Copyright", "Holdfast", "Inc", "TradingView", "Lightweight", "Charts", "CSV"}
SPOKEN = re.compile(r"\b(?:title|aria-label|placeholder|alt)=\"([^\"]*)\"")


@pytest.mark.parametrize(("language", "domain"), OURS)
def test_everything_a_customer_can_meet_is_translated(language: str, domain: str) -> None:
    wanted = marked.of_domain(domain)
    known = write.compiled(write.po_of(language, domain))

    missing = {one.text: wanted[one] for one in marked.untold(known, wanted)}

    assert missing == {}, "run `make words`, and fill in what it lists"


@pytest.mark.parametrize(("language", "domain"), OURS)
def test_what_is_compiled_is_what_is_written(language: str, domain: str) -> None:
    po = write.po_of(language, domain)
    with po.with_suffix(".mo").open("rb") as mo:
        served = GNUTranslations(mo)

    assert catalogue(served) == catalogue(write.compiled(po)), "run `make words`"


@pytest.mark.parametrize(("language", "domain"), OURS)
def test_no_translation_is_a_guess_or_left_over(language: str, domain: str) -> None:
    text = write.po_of(language, domain).read_text("utf8")

    assert re.findall(r"^#, .*fuzzy.*$|^#~ msgid .*$", text, re.M) == []


@pytest.mark.parametrize(("language", "domain"), OURS)
def test_every_name_of_a_sentence_stands_in_its_translation(language: str, domain: str) -> None:
    wanted = marked.of_domain(domain)
    known = catalogue(write.compiled(write.po_of(language, domain)))

    lost = {
        one.text: words
        for one in wanted
        for words in told(known, one)
        if not names(words) <= names(one.text + one.plural)
        or not (one.plural or names(words) == names(one.text))
    }

    assert lost == {}


def test_no_page_and_no_letter_says_a_word_that_is_not_marked() -> None:
    customers = [p for p in marked.pages() if not marked.is_staffs(marked.named(p))]

    found = {marked.named(page): unmarked(page.read_text("utf8")) for page in customers}

    assert {page: words for page, words in found.items() if words} == {}


def test_an_amount_is_written_alike_in_every_language() -> None:
    """1.250 in one place and 1,250 in another would be read as one and a quarter."""
    customers = [p for p in marked.pages() if not marked.is_staffs(marked.named(p))]

    found = {
        marked.named(page): re.findall(
            r"floatformat(?!:\"-?\d+g?u\")[^ }|]*|intcomma", page.read_text("utf8")
        )
        for page in customers
    }

    assert {page: filters for page, filters in found.items() if filters} == {}


def test_a_sentence_in_a_page_that_nobody_marked_is_found() -> None:
    source = '<p title="See it">{% translate "Good" %} Not marked <code>make run</code>{{ x }}</p>'

    assert unmarked(source) == ["marked", "Not", "See it"]


def test_strings_are_found_as_the_templates_and_the_code_say_them() -> None:
    page = (
        "{% blocktranslate count n=n with a=b %}{{ n }} of {{ a }}"
        "{% plural %}all{% endblocktranslate %}"
    )
    code = 'from django.utils.translation import x\n_("One " "two")\ngettext_noop("Three")'

    assert list(marked.in_template(page)) == [Marked("%(n)s of %(a)s", plural="all")]
    assert list(marked.in_module(code)) == [Marked("One two"), Marked("Three")]
    assert list(marked.in_calls('ngettext("%s day",\n "%s days", n)')) == [
        Marked("%s day", plural="%s days")
    ]


def catalogue(known: GNUTranslations) -> dict[object, str]:
    return {key: text for key, text in known._catalog.items() if key}  # type: ignore[attr-defined]


def told(known: dict[object, str], one: Marked) -> list[str]:
    key = f"{one.context}\x04{one.text}" if one.context else one.text
    found = [text for each, text in known.items() if each == key or _is_form_of(each, key)]
    return found if one.plural else found[:1]


def _is_form_of(each: object, key: str) -> bool:
    return isinstance(each, tuple) and each[0] == key


def names(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


def unmarked(source: str) -> list[str]:
    """Words of a template that stand outside every translation."""
    kept, inside = [], ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            word = token.contents.split()[0]
            if not inside and word in ("blocktranslate", "comment", "block"):
                # The name of a class of the page is no word of it.
                inside = word if word != "block" or "page_class" in token.contents else ""
            elif word == f"end{inside}":
                inside = ""
        kept.append(token.contents if token.token_type == TokenType.TEXT and not inside else "\0")
    text = re.sub(r"<(script|style|code|pre|kbd|svg)\b.*?</\1>", " ", "".join(kept), flags=re.S)
    spoken = [said for said in SPOKEN.findall(text) if re.search(r"[a-z]{2}", said)]
    words = set(
        re.findall(
            r"(?<![\w./:_-])[A-Za-z][a-z’']+(?![\w/:_-]|\.\w)", re.sub(r"<[^>]*>", " ", text)
        )
    )
    return sorted(words - PLAIN, key=str.lower) + spoken
