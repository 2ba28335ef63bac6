"""Servers that the environment names: used when they answer, refused in a line when they do not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from exchange.launcher import given
from exchange.launcher.environment import LaunchError, remembered_port
from tests import without
from tests.exchange.launcher.conftest import Launcher, last_words, soon
from tests.faults import brokers

pytestmark = pytest.mark.xdist_group("launcher")

NAMED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL")
SAY = f"import os; print(*[os.environ[name] for name in {NAMED}])"
LIKE_THIS = "can't be read as an address: write it like"


@pytest.fixture
def named(monkeypatch, tmp_path):
    """What the check says of an environment that names these servers and no others."""

    def check(**env: str) -> str:
        for name in (*NAMED, "VAULT_KEY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(LaunchError) as refused:
            given.check(tmp_path)
        return str(refused.value)

    return check


@pytest.fixture(scope="module")
def theirs(initialised, tmp_path_factory) -> Iterator[dict[str, str]]:
    """Servers that are none of the launcher's under test, and how they are reached."""
    folder = tmp_path_factory.mktemp("theirs")
    launcher = Launcher(shutil.copytree(initialised, folder / "var"))
    for name in ("env.json", "ports.json"):
        (launcher.var / name).unlink()
    process = launcher.start("servers")
    found = launcher.var / "env.json"
    assert soon(found.exists, 90), last_words(process)
    yield json.loads(found.read_text())
    process.terminate()
    process.wait(20)
    launcher.clean_up()


def wrong(url: str) -> str:
    """The same address with another password."""
    return url.replace(urlsplit(url).password or "", "somebody-elses")


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        (
            "DATABASE_URL",
            "postgresql://app:s3cret@127.0.0.1:1/theirs",
            "DATABASE_URL: no connection to 127.0.0.1:1/theirs (Connection refused).",
        ),
        (
            "DATABASE_OWNER_URL",
            "postgresql://owner:s3cret@db.invalid/theirs",
            "DATABASE_OWNER_URL: no connection to db.invalid/theirs (",
        ),
        (
            "DATABASE_URL",
            "postgresql:///theirs?host=/nowhere&password=s3cret",
            "DATABASE_URL: no connection to /theirs (No such file or directory).",
        ),
        (
            "DATABASE_URL",
            "postgresql://app:s3cret%zz@127.0.0.1/theirs",
            "invalid percent-encoded token",
        ),
        (
            "REDIS_URL",
            "redis://:s3cret@127.0.0.1:1/0",
            "REDIS_URL: no connection to 127.0.0.1:1/0 (Error 111 connecting to 127.0.0.1:1.",
        ),
        (
            "CELERY_BROKER_URL",
            "redis://:s3cret@127.0.0.1:1/0",
            "CELERY_BROKER_URL: no connection to 127.0.0.1:1/0 (Error 111 connecting to",
        ),
        (
            "CELERY_BROKER_URL",
            "amqp://app:s3cret@127.0.0.1:1//;amqp://app:s3cret@127.0.0.1:2//",
            "CELERY_BROKER_URL: no connection to 127.0.0.1:1// (Connection refused).",
        ),
        (
            "CELERY_BROKER_URL",
            "pigeon://app:s3cret@roof/",
            "CELERY_BROKER_URL: no connection to roof/ (No such transport: pigeon).",
        ),
    ],
)
def test_one_that_is_not_there_is_named_with_the_reason(named, name, url, said):
    line = named(**{name: url})
    assert said in line
    assert "\n" not in line
    assert "s3cret" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgres//app:s3cret@db.invalid/theirs",
        "mysql://app:s3cret@db.invalid/theirs",
        "host=db.invalid password=s3cret",
        "postgresql://app:s3cret@db.invalid:99999/theirs",
        "postgresql://app:begin/s3cret@db.invalid/theirs",
        "postgresql://app:12/s3cret@127.0.0.1/theirs",
        "postgresql://app:begin@s3cret@db.invalid/theirs",
        "postgresql://app:begin#s3cret@127.0.0.1:1/theirs",
        "postgresql://app:[s3cret@127.0.0.1:1/theirs",
    ],
)
def test_what_is_no_address_is_not_repeated(named, url):
    line = named(DATABASE_URL=url)
    assert line.startswith(f"DATABASE_URL {LIKE_THIS} postgresql://")
    assert "percent-encoded" in line
    assert "s3cret" not in line
    assert "begin" not in line


def test_a_password_that_a_library_repeats_is_left_out(monkeypatch, named):
    """As written and as meant: libraries quote either."""
    password = "a/b@c"

    def refuse(url: str) -> bool:
        raise OSError(f"nobody {password} is known, {quote(password, safe='')} neither")

    monkeypatch.setattr(given, "_has_tables", refuse)
    line = named(DATABASE_URL=f"postgresql://app:{quote(password, safe='')}@db.invalid/theirs")
    assert line == (
        "DATABASE_URL: no connection to db.invalid/theirs (nobody … is known, … neither)."
    )


def test_a_wrong_password_is_said_and_not_shown(theirs, named):
    key = {"VAULT_KEY": theirs["VAULT_KEY"]}
    database, valkey = theirs["DATABASE_URL"], theirs["REDIS_URL"]
    lines = [
        named(DATABASE_URL=wrong(database), **key),
        named(DATABASE_URL=database, DATABASE_OWNER_URL=wrong(database), **key),
        named(REDIS_URL=wrong(valkey)),
        named(REDIS_URL=valkey, CELERY_BROKER_URL=wrong(valkey)),
    ]
    refused = 'password authentication failed for user "holdfast_app"'
    place, cache = urlsplit(database), urlsplit(valkey)
    assert lines == [
        f"DATABASE_URL: no connection to 127.0.0.1:{place.port}/holdfast ({refused}).",
        f"DATABASE_OWNER_URL: no connection to 127.0.0.1:{place.port}/holdfast ({refused}).",
        f"REDIS_URL: no connection to 127.0.0.1:{cache.port}/1 "
        "(invalid username-password pair or user is disabled).",
        f"CELERY_BROKER_URL: no connection to 127.0.0.1:{cache.port}/1 "
        "(invalid username-password pair or user is disabled).",
    ]


@pytest.mark.parametrize("command", [("run",), ("servers",), ("with-servers", "--", "true")])
@pytest.mark.parametrize("name", ["DATABASE_URL", "CELERY_BROKER_URL"])
def test_no_start_goes_on_without_them(launcher, command, name):
    url = {"DATABASE_URL": "postgresql://a:s3cret@127.0.0.1:1/b", "CELERY_BROKER_URL": "amqp://h:1"}
    port = str(remembered_port(launcher.var, "web"))
    code, said = launcher.call(*command, PORT=port, **{name: url[name]})
    (line,) = [line for line in said.splitlines() if "could not start" in line]
    assert code == 1
    assert f"Holdfast could not start. {name}: no connection to" in line
    assert "Traceback" not in said
    assert "s3cret" not in said
    assert launcher.processes() == []


def test_a_guest_is_told_of_its_own(launcher):
    (launcher.var / "env.json").unlink()
    host = launcher.start("servers")
    assert soon((launcher.var / "env.json").exists, 90)

    code, said = launcher.call("with-servers", "--", "true", REDIS_URL="redis://127.0.0.1:1/0")

    assert (code, "could not start. REDIS_URL: no connection to" in said) == (1, True)
    host.terminate()
    assert host.wait(20) == 0


def test_those_that_answer_are_used_and_none_is_started(bare, theirs):
    named = {name: theirs[name] for name in NAMED}

    code, said = bare.with_servers(SAY, **named)

    assert (code, said.splitlines()[-1].split()) == (0, list(named.values()))
    assert {path.name for path in bare.var.iterdir()} == {
        "env.json",
        "guests.lock",
        "launcher.lock",
        "secrets.json",
    }
    assert named.items() <= json.loads((bare.var / "env.json").read_text()).items()


def test_the_database_alone_owns_itself_and_valkey_is_the_broker(bare, theirs):
    database, valkey = theirs["DATABASE_OWNER_URL"], theirs["REDIS_URL"]
    code, said = bare.with_servers(SAY, DATABASE_URL=database, REDIS_URL=valkey)
    assert (code, said.splitlines()[-1].split()) == (0, [database, database, valkey, valkey])


def test_a_broker_alone_may_be_given(launcher, theirs):
    name = "CELERY_BROKER_URL"
    either = f"amqp://127.0.0.1:1//;{theirs[name]}"  # Celery goes on to the second
    for broker in (theirs[name], either):
        code, said = launcher.with_servers(SAY, **{name: broker})
        _, _, cache, used = said.splitlines()[-1].split()
        assert (code, used) == (0, broker)
        assert cache.startswith("redis://:")
        assert cache != theirs["REDIS_URL"]


def test_a_database_in_use_is_not_taken_without_the_key_that_opens_it(bare, theirs, tmp_path):
    owner = {"DATABASE_URL": theirs["DATABASE_OWNER_URL"], "REDIS_URL": theirs["REDIS_URL"]}
    with psycopg.connect(owner["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE django_migrations (id int)")
    try:
        for command in (("servers",), ("run",), ("with-servers", "--", "true")):
            code, said = bare.call(*command, PORT=str(remembered_port(tmp_path, "web")), **owner)
            assert code == 1
            assert "DATABASE_URL names a database that is in use, and the VAULT_KEY" in said
            assert not (bare.var / "secrets.json").exists()
        assert bare.with_servers(SAY, VAULT_KEY=theirs["VAULT_KEY"], **owner)[0] == 0
    finally:
        with psycopg.connect(owner["DATABASE_URL"]) as connection:
            connection.execute("DROP TABLE django_migrations")


def test_a_rabbitmq_is_asked_for_its_password_and_its_virtual_host(named, tmp_path):
    if not Path(brokers.RABBITMQ).exists():
        without("RabbitMQ")
    broker = brokers.RabbitMQ(tmp_path / "rabbitmq", "rabbitmq")
    try:
        broker.start()
        place = f"127.0.0.1:{broker.port}"
        assert given._broker_answers(broker.url())
        line = named(CELERY_BROKER_URL=f"amqp://guest:s3cret@{place}//")
        assert f"CELERY_BROKER_URL: no connection to {place}// (" in line
        assert "ACCESS_REFUSED" in line
        assert "s3cret" not in line
        line = named(CELERY_BROKER_URL=f"amqp://guest:guest@{place}/nowhere")
        assert "vhost nowhere not found" in line
    finally:
        broker.stop()
