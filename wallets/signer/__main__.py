"""The signer's programs.

run             answer requests: the process that holds the keys
template        print a policy draft to edit
ceremony        make the keys that a draft names
make-person     make an administrator's or operator's key file
add-asset       draft the next policy, with one more asset on a network's keys
sign-policy     sign a draft with the administrator's key, offline
approve         look at contents and sign them with an operator's key, offline
verify-journal  walk the whole chain of what was signed
freeze          stop a running signer from signing
demo            make the demo's keys, people and policy (`make run` does)
"""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import sys
from pathlib import Path

from wallets.signer import additions, canonical, ceremony, people
from wallets.signer.refusals import Unfit

log = logging.getLogger("signer")


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    try:
        return int(given.act(given) or 0)
    except Unfit as error:
        print(f"signer: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130


def run(given: argparse.Namespace) -> None:
    """Load, harden, answer. Raises Unfit before the socket exists when anything is not right."""
    from wallets.signer import confine, serve
    from wallets.signer.desk import Desk
    from wallets.signer.journal import Journal
    from wallets.signer.keys import load_all
    from wallets.signer.policy import load
    from wallets.signer.renewal import Watch

    logging.basicConfig(level="INFO", format="%(asctime)s %(name)s %(levelname)s %(message)s")
    serve.harden()
    folder: Path = given.directory
    lock = serve.alone_in(folder)
    administrator = given.administrator or folder / ceremony.ADMINISTRATOR
    signed_by = _public(administrator)
    policy = load(folder / ceremony.POLICY, signed_by)
    halves = load_all(
        policy,
        folder / ceremony.KEYS,
        given.identity or folder / ceremony.IDENTITY,
        folder / ceremony.TOKEN,
    )
    desk = Desk(policy, halves, Journal(folder / ceremony.JOURNAL))
    where = given.socket or folder / ceremony.SOCKET
    watch = Watch(desk, (folder / ceremony.POLICY).resolve(), signed_by)
    if any(key.backend == "pkcs11" for key in policy.keys.values()):
        log.warning("not held by Landlock: only its HSM's library knows what that has to reach")
    elif version := confine.confine({folder.resolve(), where.resolve().parent}):
        log.info("held to its folder by Landlock %s", version)
    else:
        log.warning("this kernel has no Landlock: file permissions alone hold the signer")
    with lock:
        serve.serve(desk, where, group=given.group, look_up=watch.look)


def template(given: argparse.Namespace) -> None:
    _say(json.dumps(ceremony.template(), indent=1))


def make_keys(given: argparse.Namespace) -> None:
    made = ceremony.make_keys(given.directory, _json(given.policy), given.backup)
    _say("\n".join(f"made {name}" for name in made) or "every key was there already")


def restore(given: argparse.Namespace) -> None:
    restored = ceremony.restore(given.directory, given.source, given.opener, given.backup)
    _say("\n".join(f"restored {name}" for name in restored) or "every key was there already")


def make_token_key(given: argparse.Namespace) -> None:
    from wallets.signer import hsm

    _say(f"{given.name} {hsm.make_key(given.name, given.directory / ceremony.TOKEN)}")


def make_person(given: argparse.Namespace) -> None:
    public = people.make(given.file, given.name, "" if given.plain else _new_passphrase())
    _say(f"{given.name} {public}")


def sign_policy(given: argparse.Namespace) -> None:
    text = ceremony.sign_policy(_json(given.draft), given.key, _passphrase(given.key))
    draft = given.out.with_name(f".{given.out.name}.new")
    draft.write_text(text, "utf8")
    draft.replace(given.out)
    _say(f"signed policy {_json(given.draft)['serial']} into {given.out}")


def add_asset(given: argparse.Namespace) -> None:
    """Write the draft that an administrator reads and signs; the policy itself stays as it is."""
    content = _json(given.policy)
    body = content.get("policy", content)
    draft, said = additions.add_asset(
        body if isinstance(body, dict) else {},
        network=given.network,
        asset=given.asset,
        contract=given.contract,
        decimals=given.decimals,
        least=given.least,
    )
    people.write_new(given.out, json.dumps(draft, indent=1, sort_keys=True) + "\n")
    _say("\n".join([*said, f"Read it aloud, compare the contract, then sign {given.out}."]))


def approve(given: argparse.Namespace) -> int:
    """Show what the bytes say, in words; sign them only when the operator says yes."""
    raw = sys.stdin.buffer.read() if str(given.contents) == "-" else given.contents.read_bytes()
    raw = raw.strip()
    try:
        contents = canonical.decode(raw)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"these are no contents: {error}") from error
    if canonical.encode(contents) != raw:
        raise Unfit("these contents are not in their one canonical form")
    for name, value in contents.items():
        print(f"  {name:<14} {value}", file=sys.stderr)  # noqa: T201
    if not given.yes:
        print("Sign exactly this? Type yes: ", end="", file=sys.stderr, flush=True)  # noqa: T201
        with open("/dev/tty", encoding="utf8") as terminal:
            if terminal.readline().strip() != "yes":
                return 1
    _say(json.dumps(people.approval(given.key, raw, _passphrase(given.key))))
    return 0


def verify_journal(given: argparse.Namespace) -> None:
    from wallets.signer.journal import Journal

    path = given.directory / ceremony.JOURNAL
    if not path.exists():
        raise Unfit(f"there is no journal at {path}")
    journal = Journal(path)
    count = journal.verify()
    for expected in given.head:
        n, _, seal = expected.partition(":")
        journal.demand(int(n), seal)
    _, head = journal.head()
    _say(f"{count} entries hang together, the last is {count}:{head}")


def freeze(given: argparse.Namespace) -> None:
    import socket

    request = {"op": "freeze", "by": getpass.getuser(), "reason": given.reason}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(given.socket))
        connection.sendall(canonical.encode(request) + b"\n")
        _say(connection.makefile("r").readline(100_000).strip())


def demo(given: argparse.Namespace) -> None:
    from wallets.signer import demo as demonstration

    demonstration.prepare(given.var, os.environ)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="signer", description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(required=True)

    def verb(called: str, act: object, /, **options: dict[str, object]) -> None:
        made = verbs.add_parser(called)
        made.set_defaults(act=act)
        for option, how in options.items():
            positional = how.pop("positional", False)
            flag = option if positional else f"--{option}"
            made.add_argument(flag, **how)  # type: ignore[arg-type]

    def path(required: bool = True) -> dict[str, object]:
        return {"type": Path, "required": required}

    verb(
        "run",
        run,
        directory=path(),
        socket=path(False),
        identity=path(False),
        administrator=path(False),
        group={"type": int, "default": None, "help": "numeric group that may connect"},
    )
    verb("template", template)
    verb(
        "ceremony",
        make_keys,
        directory=path(),
        policy=path(),
        backup={"action": "append", "default": [], "help": "age recipient of a backup"},
    )
    verb(
        "make-person",
        make_person,
        file=path(),
        name={"required": True},
        plain={"action": "store_true", "help": "without a passphrase"},
    )
    verb("add-asset", add_asset, policy=path(), out=path(), **_asset_options())
    verb("sign-policy", sign_policy, draft=path(), key=path(), out=path())
    verb(
        "approve",
        approve,
        key=path(),
        contents=path(),
        yes={"action": "store_true", "help": "without asking"},
    )
    verb(
        "verify-journal",
        verify_journal,
        directory=path(),
        head={"action": "append", "default": [], "help": "N:HASH that was noted elsewhere"},
    )
    verb(
        "restore",
        restore,
        directory=path(),
        source=path(),
        opener=path(),
        backup={"action": "append", "default": [], "help": "age recipient of a backup"},
    )
    verb("make-token-key", make_token_key, directory=path(), name={"required": True})
    verb("freeze", freeze, socket=path(), reason={"required": True})
    verb("demo", demo, var=path())
    return parser


def _asset_options() -> dict[str, dict[str, object]]:
    return {
        "network": {"required": True},
        "asset": {"required": True},
        "contract": {"required": True, "help": "the token's contract on that network"},
        "decimals": {"required": True, "type": int},
        "least": {"required": True, "help": "the smallest withdrawal, in whole coins"},
    }


def _public(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise Unfit(f"{path} is no public key: {error}") from error


def _json(path: Path) -> dict[str, object]:
    try:
        content = canonical.decode(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Unfit(f"{path} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise Unfit(f"{path} is no policy")
    return content


def _passphrase(path: Path) -> str:
    if not people.is_sealed(path):
        return ""
    return os.environ.get("HOLDFAST_PASSPHRASE") or getpass.getpass(f"Passphrase of {path.name}: ")


def _new_passphrase() -> str:
    if given := os.environ.get("HOLDFAST_PASSPHRASE"):
        return given
    first = getpass.getpass("New passphrase: ")
    if len(first) < 12 or first != getpass.getpass("Again: "):
        raise Unfit("a passphrase has at least 12 characters, and is typed twice the same")
    return first


def _say(text: str) -> None:
    print(text)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
