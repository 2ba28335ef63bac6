"""The socket: who may speak, how much, how long; and nothing that comes over it ends the signer."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.signer import RunningSigner, draft
from tests.wallets.signer.asking import Wallet, ask_btc, ask_evm, evm, psbt
from wallets.sending import signer as client
from wallets.sending.errors import SignerUnavailable
from wallets.signer import canonical, serve


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    running = RunningSigner(tmp_path_factory.mktemp("s") / "g", draft()).start()
    yield running
    running.stop()


def speak(signer, raw: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(signer.socket))
        try:
            connection.sendall(raw)
        except OSError:
            pass  # it hung up on us in the middle
        return connection.makefile("rb").readline()


def test_only_its_own_user_reaches_the_socket_and_the_folder(shared):
    assert stat.S_IMODE(os.stat(shared.socket).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(shared.folder).st_mode) == 0o700
    for path in ("journal.sqlite", "identity.txt", "keys/btc-hot.age"):
        assert stat.S_IMODE(os.stat(shared.folder / path).st_mode) == 0o600


def test_a_user_whom_the_policy_does_not_name_is_not_heard(tmp_path):
    body = draft()
    body["uids"] = [os.getuid() + 1]
    running = RunningSigner(tmp_path / "g", body).start()

    answers = [running.ask(op=op, by="x", reason="y") for op in ("status", "freeze", "sign")]

    assert [answer["code"] for answer in answers] == ["peer"] * 3
    assert "not one of the policy's" in running.log()
    running.stop()


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"op": "sign"\n',
        b'{"op": 5}\n',
        b'{"op": ["sign"]}\n',
        b'{"op": {"a": 1}}\n',
        b'{"op": "sign", "op": "status"}\n',
        b'{"op": "status", "x": 1.5}\n',
        b'{"op": "status", "x": NaN}\n',
        b'{"op": "status", "x": 1e400}\n',
        b'{"op": "status", "x": ' + b"9" * 5000 + b"}\n",
        b'{"op": "public", "key": "btc-hot", "index": -1}\n',
        b'{"op": "public", "key": "btc-hot", "index": "0"}\n',
        b'{"op": "public", "key": ["btc-hot"]}\n',
        b'{"op": "contents", "for": "thaw"}\n',
        b'{"op": "freeze"}\n',
        b'{"op": "message", "key": "btc-hot"}\n',
        b"[" * 100_000 + b"\n",
        b'{"a":' * 100_000 + b"\n",
        b"\xff\xfe\n",
        b"\0" * 1000 + b"\n",
        b'"\\ud800"\n',
        b"x" * (serve.MAX_REQUEST + 70_000) + b"\n",
        b"x" * (3 * serve.MAX_REQUEST),
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_nonsense_is_refused_and_the_signer_lives(shared, raw):
    answer = speak(shared, raw)
    assert answer == b"" or json.loads(answer)["ok"] is False

    assert shared.ask(op="status")["frozen"] is False


def test_a_request_that_never_ends_is_cut_off(shared, monkeypatch):
    desk_free = threading.BoundedSemaphore(1)
    desk_free.acquire()
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(serve, "_peer", lambda _: 0)

    class Open:
        class policy:  # noqa: N801
            uids = frozenset({0})

    thread = threading.Thread(target=serve._converse, args=(Open, theirs, desk_free))
    thread.start()
    answer = b""
    ours.settimeout(5)
    for _ in range(50):  # a byte now and then keeps a naive time limit alive for ever
        try:
            ours.sendall(b"x")
        except OSError:
            break
        time.sleep(0.02)
    answer = ours.recv(1000)
    thread.join(5)

    assert json.loads(answer)["code"] == "too_slow"
    assert desk_free.acquire(blocking=False)  # its place is free again


def test_idle_connections_do_not_lock_others_out_for_ever(shared):
    held = []
    for _ in range(serve.MAX_CONNECTIONS):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(shared.socket))
        held.append(connection)
    time.sleep(0.2)

    assert json.loads(speak(shared, b'{"op": "status"}\n'))["code"] == "busy"
    for connection in held:
        connection.close()
    time.sleep(0.2)
    assert shared.ask(op="status")["ok"]


def test_one_connection_may_ask_again_and_again(shared):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(shared.socket))
        connection.sendall(b'{"op": "status"}\n{"op": "public", "key": "eth-hot"}\n')
        lines = connection.makefile("rb")
        assert json.loads(lines.readline())["frozen"] is False
        assert json.loads(lines.readline())["key"] == "eth-hot"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    field=st.sampled_from(["id", "key", "network", "evm", "context", "approvals", "max_fee"]),
    value=_json,
)
def test_no_field_breaks_it_whatever_it_holds(shared, field, value):
    answer = ask_evm(shared, "fuzz", op="contents", **{field: value})

    assert answer["ok"] or answer["code"] != "broken", answer


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(field=st.sampled_from(sorted(evm())), value=_json)
def test_no_field_of_a_transaction_breaks_it(shared, field, value):
    answer = ask_evm(shared, "fuzz", op="contents", evm={**evm(), field: value})

    assert answer["ok"] or answer["code"] != "broken", answer


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_damaged_psbt_breaks_it(shared, data):
    raw = bytearray(psbt(Wallet(shared, "btc-hot")).serialize())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(5, len(raw)))]

    request = {"psbt": base64.b64encode(bytes(raw)).decode()}
    answer = ask_btc(shared, psbt(Wallet(shared, "btc-hot")), "fuzz", op="contents", **request)
    assert answer["ok"] or answer["code"] != "broken", answer


def test_nobody_of_the_same_user_reads_its_memory(shared):
    """Not dumpable: what the kernel shows of it belongs to root, and it leaves no core behind."""
    folder = Path(f"/proc/{shared.process.pid}")

    assert re.search(r"Max core file size\s+0\s+0\s", (folder / "limits").read_text())
    assert (folder / "mem").stat().st_uid == 0


def test_it_ends_cleanly_and_leaves_no_socket(tmp_path):
    running = RunningSigner(tmp_path / "g", draft()).start()
    running.stop()

    assert running.process.returncode == 0
    assert not running.socket.exists()


def test_a_socket_that_a_killed_one_left_is_taken_over(tmp_path):
    running = RunningSigner(tmp_path / "g", draft()).start()
    running.kill()
    assert running.socket.exists()

    assert running.start().ask(op="status")["ok"]
    running.stop()


def test_a_folder_with_a_long_name_has_a_socket_too(tmp_path, settings):
    running = RunningSigner(tmp_path / ("long" * 30) / "g", draft())
    settings.SIGNER_SOCKET = str(running.socket)
    with pytest.raises(SignerUnavailable):
        client.status()

    running.start()
    assert client.status()["frozen"] is False
    running.stop()


def test_it_knows_no_django_and_no_secret_of_the_webs(shared):
    code = (
        "import sys, wallets.signer.desk, wallets.signer.serve, wallets.signer.__main__;"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'celery', 'psycopg')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_canonical_text_is_one_text():
    value = {"b": ["é", None, True], "a": str(2**200)}

    text = canonical.encode(value)

    assert text == b'{"a":"' + str(2**200).encode() + b'","b":["\\u00e9",null,true]}'
    assert canonical.decode(text) == value
