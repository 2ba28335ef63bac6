"""Secrets, ports and what the environment may say."""

from __future__ import annotations

import base64
import json
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from exchange.launcher import environment
from exchange.launcher.environment import (
    LaunchError,
    remembered_port,
    secret_values,
    streams_port,
    web_port,
    write_private,
)


def listening(port: int = 0):
    server = socket.create_server(("127.0.0.1", port))
    return closing(server), server.getsockname()[1]


def test_secrets_are_made_once_and_read_by_their_owner_only(tmp_path):
    first = secret_values(tmp_path)

    assert secret_values(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(base64.b64decode(first["VAULT_KEY"])) == 32
    assert len(set(first.values())) == len(first)


def test_a_secret_that_a_newer_version_needs_is_added_to_those_there_are(tmp_path):
    first = secret_values(tmp_path)
    older = {name: value for name, value in first.items() if name != "VALKEY_PASSWORD"}
    write_private(tmp_path / "secrets.json", json.dumps(older))
    with_data(tmp_path, "postgres/PG_VERSION", "prepared.json")

    second = secret_values(tmp_path)

    assert {name: second[name] for name in older} == older
    assert second["VALKEY_PASSWORD"]


@pytest.mark.parametrize("trace", ["postgres/PG_VERSION", "prepared.json"])
def test_secrets_that_are_gone_are_not_made_anew_beside_what_they_open(
    tmp_path, monkeypatch, trace
):
    monkeypatch.delenv("VAULT_KEY", raising=False)
    with_data(tmp_path, trace)

    with pytest.raises(LaunchError, match="secrets.json is gone.*back from a backup.*remove"):
        secret_values(tmp_path)

    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("name", ["VAULT_KEY", "POSTGRES_PASSWORD", "OWNER_PASSWORD"])
def test_one_that_is_gone_is_not_made_anew_either(tmp_path, monkeypatch, name):
    monkeypatch.delenv("VAULT_KEY", raising=False)
    rest = {known: value for known, value in secret_values(tmp_path).items() if known != name}
    write_private(tmp_path / "secrets.json", json.dumps(rest))
    with_data(tmp_path, "postgres/PG_VERSION")

    with pytest.raises(LaunchError, match=f"secrets.json lacks {name}, and there is data"):
        secret_values(tmp_path)

    assert json.loads((tmp_path / "secrets.json").read_text()) == rest


def test_the_vault_key_may_come_from_the_environment_beside_a_database_that_does(
    tmp_path, monkeypatch
):
    with_data(tmp_path, "prepared.json")
    monkeypatch.delenv("VAULT_KEY", raising=False)
    with pytest.raises(LaunchError, match="or set VAULT_KEY to what it was"):
        secret_values(tmp_path)
    monkeypatch.setenv("VAULT_KEY", "the one that was used")
    assert secret_values(tmp_path)["SECRET_KEY"]


def with_data(var: Path, *traces: str) -> None:
    """What a run leaves in a folder."""
    for trace in traces:
        (var / trace).parent.mkdir(exist_ok=True)
        (var / trace).write_text("{}")


@pytest.mark.parametrize("text", [b'{"SECRET_KEY": "cut o', b"", b"\xff\xfe", b'["a list"]'])
def test_unreadable_secrets_are_not_replaced(tmp_path, text):
    (tmp_path / "secrets.json").write_bytes(text)

    with pytest.raises(LaunchError, match="can't be read"):
        secret_values(tmp_path)

    assert (tmp_path / "secrets.json").read_bytes() == text


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "secrets.json"
    write_private(path, "the old ones")

    def power_cut(descriptor: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(environment.os, "fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        write_private(path, "half of the new")

    assert path.read_text() == "the old ones"


def test_a_draft_is_never_readable_by_others(tmp_path, monkeypatch):
    modes = []
    monkeypatch.setattr(
        environment.os,
        "fsync",
        lambda descriptor: modes.append(environment.os.fstat(descriptor).st_mode & 0o777),
    )
    write_private(tmp_path / "secrets.json", "secret")
    assert modes == [0o600]


def test_a_port_is_remembered(tmp_path):
    port = remembered_port(tmp_path, "postgres")
    assert [remembered_port(tmp_path, "postgres") for _ in range(3)] == [port] * 3
    assert port in environment.PORTS


def test_a_taken_port_is_drawn_again_and_others_stay(tmp_path):
    port, other = (remembered_port(tmp_path, name) for name in ("postgres", "valkey"))
    server, _ = listening(port)
    with server:
        drawn = remembered_port(tmp_path, "postgres")

    assert drawn != port
    assert json.loads((tmp_path / "ports.json").read_text()) == {"postgres": drawn, "valkey": other}


def test_streams_listen_beside_the_web_or_elsewhere():
    server, taken = listening()
    with server:
        assert streams_port(taken - 1) in range(taken + 100, taken + 119)
    assert streams_port(taken - 1) == taken


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.5", "٣٠٠٠"])
def test_what_is_no_port_is_refused_in_words(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(LaunchError, match="is not a port"):
        web_port()


def test_the_port_is_8000_unless_said(monkeypatch):
    monkeypatch.delenv("PORT", raising=False)
    assert web_port() == 8000
    monkeypatch.setenv("PORT", "8100")
    assert web_port() == 8100
