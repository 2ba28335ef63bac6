"""What the pages' sources promise: mirrored by one sheet, no inline code, four languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
PAGES = sorted((ROOT / "templates/exchange").rglob("*.html")) + [ROOT / "templates/base.html"]
SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
# Words that stay themselves in every language.
SAME = {
    "API",
    "IOC",
    "FOK",
    "Limit",
    "Maker",
    "Taker",
    "Chart",
    "Holdfast",
    "Name",
    "Coin",
    "Total",
}

PHYSICAL = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border|scroll-\w+)-(?:left|right|top|bottom)|left|right|top"
    r"|bottom|width|height|(?:min|max)-(?:width|height)|border-(?:top|bottom)-\w+-radius)\s*:"
    r"|text-align:\s*(?:left|right)|float:\s*(?:left|right)"
)

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_styles_name_no_left_and_no_right(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf8"), flags=re.S)

    assert PHYSICAL.findall(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_pages_carry_no_inline_code(page: Path) -> None:
    text = page.read_text("utf8")

    assert re.findall(r"<[^>]+\s(?:style|on\w+)\s*=", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\bsrc=\"https?:|<link[^>]+href=\"https?:", text) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_build_no_markup_and_no_code_from_text(script: Path) -> None:
    found = MARKUP.findall(script.read_text("utf8"))

    assert found == []


def spoken(*patterns: str) -> set[str]:
    """The plain sentences of some templates."""
    found = set()
    for pattern in patterns:
        for page in (ROOT / "templates").glob(pattern):
            found |= set(re.findall(r'{% translate "([^"]+)" %}', page.read_text("utf8")))
    return found - SAME


@pytest.mark.parametrize("language", ["ar", "de", "es"])
def test_navigation_login_and_the_trade_page_speak_every_language(language: str) -> None:
    sentences = spoken(
        "exchange/parts/*.html", "exchange/trade/*.html", "exchange/accounts/login*.html"
    )
    with translation.override(language):
        untold = {text for text in sentences if translation.gettext(text) == text}

    assert len(sentences) > 80
    assert untold == set()
