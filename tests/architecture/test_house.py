"""What a stranger may rely on when reading this house. Each rule names the places that break it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app

ROOT = Path(__file__).resolve().parents[2]
APPS = ("exchange", "compliance", "wallets", "launchpad")
MONEY_ROOMS = ("core", "ledger", "markets", "matching", "trading", "assets", "demo")
# Ratios and seconds, never money: (file, what the number is)
FLOATS_ALLOWED = {
    "exchange/trading/admin/health.py",  # seconds that a command has waited
}
INDEXES = ("models.py", "tasks.py", "routes.py", "admin.py")
NAMELESS = {"services.py", "utils.py", "helpers.py", "common.py"}


def sources() -> list[Path]:
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_400_lines():
    assert [named(p) for p in sources() if len(p.read_text("utf8").splitlines()) > 400] == []


def test_no_function_is_longer_than_70_lines():
    assert [
        f"{named(path)}:{f.lineno} {f.name}"
        for path in sources()
        for f in functions(path)
        if (f.end_lineno or f.lineno) - f.lineno + 1 > 70
    ] == []


def test_every_module_says_what_it_is_for():
    assert [
        named(p)
        for p in sources()
        if p.read_text("utf8").strip() and not ast.get_docstring(tree(p))
    ] == []


def test_no_room_is_without_a_purpose():
    assert [named(p) for p in sources() if p.name in NAMELESS] == []


def test_no_float_comes_near_money():
    found = [
        f"{named(path)}:{node.lineno}"
        for path in sources()
        if len(path.relative_to(ROOT).parts) > 2
        and path.relative_to(ROOT).parts[1] in MONEY_ROOMS
        and named(path) not in FLOATS_ALLOWED
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]
    assert found == []


@pytest.mark.parametrize("app", ["exchange"])
def test_indexes_only_import(app):
    for name in INDEXES:
        path = ROOT / app / name
        statements = [
            node
            for node in tree(path).body
            if not isinstance(node, ast.Import | ast.ImportFrom)
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]
        if name == "routes.py":
            statements = [s for s in statements if not isinstance(s, ast.Assign)]
        assert statements == [], named(path)


def test_every_task_has_an_explicit_name_of_its_room_or_app():
    rooms = {p.name for app in APPS for p in (ROOT / app).iterdir() if p.is_dir()} | set(APPS)
    ours = [name for name in current_app.tasks if not name.startswith("celery.")]
    assert ours
    assert [name for name in ours if name.split(".")[0] not in rooms] == []


def test_everything_on_the_schedule_and_everything_dispatched_exists():
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    dispatched = {
        match
        for path in sources()
        for match in re.findall(
            r"dispatch\.(?:send|after_commit)\(\s*\"([a-z_.]+)\"", path.read_text("utf8")
        )
    }
    assert scheduled
    assert (scheduled | dispatched) - set(current_app.tasks) == set()


def test_nothing_deserialises_what_could_run():
    forbidden = re.compile(r"\bpickle\b|yaml\.load\(|\beval\(|\bexec\(|shell=True|verify=False")
    assert [
        f"{named(p)}: {m.group()}"
        for p in sources()
        if (m := forbidden.search(p.read_text("utf8")))
    ] == []


def test_templates_carry_no_inline_script_or_style():
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*\bnonce=)(?![^>]*json)|\sstyle=\"|\son\w+=\""
    )
    assert [
        named(p)
        for p in sorted((ROOT / "templates").rglob("*.html"))
        if inline.search(
            re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", p.read_text("utf8"))
        )
    ] == []


def test_the_map_names_every_room():
    text = (ROOT / "docs/map.md").read_text("utf8")
    rooms = [
        p.name
        for p in sorted((ROOT / "exchange").iterdir())
        if p.is_dir() and (p / "__init__.py").exists()
    ]
    unnamed = {"migrations", "management", "settings"}
    assert [room for room in rooms if room not in unnamed and f"exchange/{room}" not in text] == []


def test_what_git_tracks_names_no_folder_of_anybodys_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    machine = re.compile(r"(?<![\w.])/(?:home|Users|root)/[a-z]")
    found = [
        name
        for name in tracked
        if name.endswith((".py", ".md", ".html", ".js", ".toml"))
        and (ROOT / name).exists()
        and machine.search((ROOT / name).read_text("utf8", "replace"))
    ]
    assert found == []
