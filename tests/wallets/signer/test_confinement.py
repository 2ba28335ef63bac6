"""The signer reaches its own folder and nothing else, whoever's user it runs as."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.signer import ROOT
from wallets.signer import confine

PROBE = """
import socket, sys
from pathlib import Path
from wallets.signer import confine
own, others, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
assert confine.confine([own]) > 0
def reach(what):
    try:
        what()
    except PermissionError:
        return "refused"
    return "reached"
print(reach(lambda: (others / "administrator.json").read_text()))
print(reach(lambda: (others / "new").write_text("x")))
print(reach(lambda: (others / "administrator.json").unlink()))
print(reach(lambda: Path("/root").iterdir().__next__()))
print(reach(lambda: socket.create_connection(("127.0.0.1", port))))
(own / "journal").write_text("x")
import bdkpython, embit.psbt
print("own", (own / "journal").read_text())
"""


def version() -> int:
    return int(confine._libc.syscall(confine.CREATE_RULESET, None, 0, confine.VERSION_FLAG))


@pytest.mark.skipif(version() < 4, reason="this kernel has no Landlock that knows of TCP")
def test_it_reaches_no_other_file_and_nobody_over_the_network(tmp_path):
    own, others = tmp_path / "own", tmp_path / "ceremony"
    own.mkdir()
    others.mkdir()
    (others / "administrator.json").write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        said = subprocess.run(
            [sys.executable, "-c", PROBE, str(own), str(others), str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

    assert said.stdout.split("\n")[:6] == ["refused"] * 5 + ["own x"]
    assert (others / "administrator.json").read_text() == "secret"


def test_the_running_signer_is_held_and_gains_no_rights(signer):
    status = Path(f"/proc/{signer.process.pid}/status").read_text()

    if version() > 0:
        assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
        assert f"held to its folder by Landlock {version()}" in signer.log()
    else:
        assert "no Landlock" in signer.log()
