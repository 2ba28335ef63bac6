"""Read a token's contract on its chain and say what follows: one finding a question.

Everything is read at one block. What a node can't answer is said to be unknown, never fine.
Verdicts are about what somebody could do to holders: make more, stop or shut out, change the code,
keep a part of what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from eth_abi import decode
from eth_abi.exceptions import DecodingError

from launchpad.listings.models import ChainFinding
from wallets.chains.contract import NEXT, ContractReader, Hop, Scan, selector, selectors
from wallets.chains.evm import NOBODY

Verdict = ChainFinding.Verdict
MOST_ASKED = 300  # holders whose balance is asked for
SHOWN = 20
# A share of the supply, in hundredths of a per cent.
ONE_BAD, TEN_BAD = 5_000, 9_000
ONE_NOTE, TEN_NOTE = 2_000, 7_000
FEWEST_HOLDERS = 100

MINTS = ("mint(address,uint256)", "mint(uint256)", "issue(uint256)", "mintTo(address,uint256)",
         "increaseSupply(uint256)")  # fmt: skip
PAUSES = ("pause()", "setPaused(bool)", "stop()", "enableTrading(bool)", "setTradingEnabled(bool)")
SHUTS_OUT = ("blacklist(address)", "addBlackList(address)", "setBlacklist(address,bool)",
             "blockAccount(address)", "freeze(address)", "freezeAccount(address,bool)",
             "isBlacklisted(address)", "isBlackListed(address)", "addToBlacklist(address)",
             "setBots(address[])", "blocklist(address)")  # fmt: skip
FEES = ("setFee(uint256)", "setFees(uint256,uint256)", "setTaxFeePercent(uint256)",
        "setBuyFee(uint256)", "setSellFee(uint256)", "setTax(uint256)", "setTaxes(uint256,uint256)",
        "setParams(uint256,uint256)", "basisPointsRate()")  # fmt: skip
UPGRADES = ("upgradeTo(address)", "upgradeToAndCall(address,bytes)", "implementation()")


class Finding(NamedTuple):
    key: str
    verdict: str
    says: str
    value: str = ""
    rows: tuple[Any, ...] = ()


class Probed(NamedTuple):
    """What was found, and what the contract says of itself."""

    findings: list[Finding]
    symbol: str
    name: str
    decimals: int | None
    supply: int | None
    holders: int | None


def probe(
    reader: ContractReader,
    *,
    code: str = "",
    decimals: int | None = None,
    supply: Decimal | None = None,
) -> Probed:
    """Ask everything. `code`, `decimals` and `supply` are what the application says.

    Raises ChainUnavailable.
    """
    body = reader.code()
    if not body:
        nothing = Finding("code", Verdict.BAD, "There is no contract at this address.")
        return Probed([nothing], "", "", None, None, None)
    behind = reader.stands_for(body)
    code_of = reader.code(behind) if behind else b""
    known = selectors(body) | selectors(code_of)
    symbol, name = _text(reader, "symbol()"), _text(reader, "name()")
    places, units = _number(reader, "decimals()"), _number(reader, "totalSupply()")
    owner = _owner(reader)
    scan = reader.scan()
    held = _held(reader, scan)
    findings = [
        Finding("code", Verdict.GOOD, f"It is a contract of {len(body):,} bytes.", str(len(body))),
        _named(symbol, code),
        _decimals(places, decimals),
        _supply(units, places, supply),
        _proxy(behind, code_of),
        _owned(owner),
        _mintable(reader, known, owner),
        _pausable(reader, known),
        _present("blacklist", known, SHUTS_OUT, "shuts single addresses out"),
        _present("fee_setting", known, FEES, "sets a fee on transfers"),
        *_moving(reader, held, owner),
        *_spread(held, units, scan),
    ]
    count = len([1 for flow in scan.flows.values() if flow > 0]) if scan and scan.whole else None
    return Probed(findings, symbol[:40], name[:100], places, units, count)


def _named(symbol: str, code: str) -> Finding:
    if not symbol:
        return Finding("symbol", Verdict.NOTE, "It does not say its symbol.")
    if code and symbol.upper() != code.upper():
        return Finding(
            "symbol",
            Verdict.NOTE,
            f"It calls itself {symbol[:30]}, the application {code}.",
            symbol,
        )
    return Finding("symbol", Verdict.GOOD, f"It calls itself {symbol[:30]}.", symbol[:30])


def _decimals(found: int | None, said: int | None) -> Finding:
    if found is None or found > 36:
        return Finding("decimals", Verdict.BAD, "It does not say how many decimals it has.")
    if said is not None and said != found:
        return Finding(
            "decimals", Verdict.BAD, f"It has {found} decimals, not {said} as was said.", str(found)
        )
    return Finding("decimals", Verdict.GOOD, f"It has {found} decimals.", str(found))


def _supply(units: int | None, places: int | None, said: Decimal | None) -> Finding:
    if not units or places is None:
        return Finding("supply", Verdict.BAD, "It does not say how many there are.")
    amount = Decimal(units).scaleb(-places)
    text = f"{amount:,.0f}" if amount >= 1 else str(amount.normalize())
    if said is not None and said > 0:
        off = abs(amount - said) / said
        if off > Decimal("0.01"):
            return Finding(
                "supply",
                Verdict.BAD if off > Decimal("0.1") else Verdict.NOTE,
                f"There are {text}, and {said:,.0f} were said.",
                text,
            )
    return Finding("supply", Verdict.GOOD, f"There are {text}.", text)


def _proxy(behind: str, code: bytes) -> Finding:
    if not behind:
        return Finding("proxy", Verdict.GOOD, "Its code can't be replaced by a proxy we know of.")
    if not code:
        return Finding("proxy", Verdict.BAD, "It is a proxy for nothing.", behind)
    return Finding(
        "proxy",
        Verdict.BAD,
        f"It is a proxy: whoever administers it can replace its code ({behind}).",
        behind,
    )


def _owned(owner: str | None) -> Finding:
    if owner is None:
        return Finding("owner", Verdict.GOOD, "It has no owner() that it would tell.")
    if owner == NOBODY:
        return Finding("owner", Verdict.GOOD, "Its owner gave it up: owner() is nobody.", owner)
    return Finding("owner", Verdict.NOTE, f"It has an owner: {owner}.", owner)


def _mintable(reader: ContractReader, known: frozenset[str], owner: str | None) -> Finding:
    there = _among(known, MINTS)
    if not there:
        return Finding("mintable", Verdict.GOOD, "No function that makes more was found.")
    if owner == NOBODY:
        return Finding(
            "mintable", Verdict.NOTE, f"{there[0]} is there, and its owner is nobody.", there[0]
        )
    if owner and "mint(address,uint256)" in there:
        data = "0x" + selector("mint(address,uint256)") + f"{int(owner, 16):064x}" + f"{1:064x}"
        if reader.call(data, sender=owner) is not None:
            return Finding(
                "mintable",
                Verdict.BAD,
                f"Its owner {owner} can make more now: {there[0]} was tried out and went through.",
                there[0],
            )
    return Finding(
        "mintable", Verdict.BAD, f"Somebody can make more: {there[0]} is in the code.", there[0]
    )


def _pausable(reader: ContractReader, known: frozenset[str]) -> Finding:
    there = _among(known, PAUSES)
    if not there:
        return Finding("pausable", Verdict.GOOD, "No function that stops everybody was found.")
    stopped = _number(reader, "paused()")
    if stopped:
        return Finding("pausable", Verdict.BAD, "It is stopped right now.", there[0])
    return Finding(
        "pausable", Verdict.NOTE, f"Somebody can stop all transfers: {there[0]}.", there[0]
    )


def _present(key: str, known: frozenset[str], names: Sequence[str], what: str) -> Finding:
    there = _among(known, names)
    if there:
        found = ", ".join(there[:3])
        return Finding(key, Verdict.NOTE, f"A function that {what} is there: {found}.", there[0])
    return Finding(key, Verdict.GOOD, f"No function that {what} was found.")


def _moving(
    reader: ContractReader, held: list[tuple[str, int]] | None, owner: str | None
) -> list[Finding]:
    """Try a transfer out from whoever holds much and is not the owner, and on from there."""
    if held is None:
        says = "Not known: this node keeps no logs, so no holder is known to try it with."
        return [Finding("fee_on_transfer", Verdict.UNKNOWN, says)]
    holders = [(who, units) for who, units in held if units >= 10_000 and who != NOBODY]
    if not holders:
        return [Finding("fee_on_transfer", Verdict.UNKNOWN, "Nobody holds enough to try it.")]
    who, units = next((each for each in holders if each[0] != owner), holders[0])
    hops = reader.try_transfer(holder=who, units=units // 10)
    if hops is None:
        says = "Not supported by this node: it can't try a transfer out in its memory."
        return [Finding("fee_on_transfer", Verdict.UNKNOWN, says)]
    return [_lost(hops, units // 10)]


def _lost(hops: Sequence[Hop], units: int) -> Finding:
    if not hops[0].succeeded:
        return Finding(
            "fee_on_transfer", Verdict.BAD, "A holder could not send it: the transfer was refused."
        )
    if not hops[1].succeeded:
        return Finding(
            "fee_on_transfer",
            Verdict.BAD,
            "Who had just received it could not send it on: it can be bought and not sold.",
        )
    for sent, hop in ((units, hops[0]), (units // 2, hops[1])):
        if hop.arrived != sent or hop.sent != sent:
            share = Decimal((sent - hop.arrived) * 100) / sent
            return Finding(
                "fee_on_transfer",
                Verdict.BAD,
                f"A transfer was tried out: {share:.2f} % did not arrive.",
                f"{share:.2f}",
            )
    return Finding(
        "fee_on_transfer",
        Verdict.GOOD,
        "Two transfers were tried out, and everything that was sent arrived.",
        "0",
    )


def _held(reader: ContractReader, scan: Scan | None) -> list[tuple[str, int]] | None:
    """The largest holders, by balances asked for and not by sums of what was logged."""
    if scan is None:
        return None
    likely = sorted(scan.flows, key=lambda each: -scan.flows[each])[:MOST_ASKED]
    likely = [each for each in likely if each not in (NOBODY, NEXT)]
    balances = reader.balances(likely) if likely else {}
    return sorted(
        ((who, units) for who, units in balances.items() if units > 0), key=lambda each: -each[1]
    )


def _spread(
    held: list[tuple[str, int]] | None, units: int | None, scan: Scan | None
) -> list[Finding]:
    if held is None or scan is None or not units:
        says = "Not known: this node keeps no logs."
        return [Finding("holders", Verdict.UNKNOWN, says)]
    one, ten = (_share(sum(u for _w, u in held[:n]), units) for n in (1, 10))
    rows = tuple([who, str(u), _share(u, units)] for who, u in held[:SHOWN])
    bad = one >= ONE_BAD or ten >= TEN_BAD
    note = one >= ONE_NOTE or ten >= TEN_NOTE
    part = "" if scan.whole else f" Read back to block {scan.since:,} only."
    spread = Finding(
        "concentration",
        Verdict.BAD if bad else Verdict.NOTE if note else Verdict.GOOD,
        f"The largest holder has {one / 100:.1f} %, the largest ten {ten / 100:.1f} %.{part}",
        f"{ten / 100:.1f}",
        rows,
    )
    if not scan.whole:
        return [spread, Finding("holders", Verdict.UNKNOWN, f"More than can be counted.{part}")]
    count = sum(1 for flow in scan.flows.values() if flow > 0)
    few = count < FEWEST_HOLDERS
    return [
        spread,
        Finding(
            "holders",
            Verdict.NOTE if few else Verdict.GOOD,
            f"{count:,} addresses hold it, after {scan.transfers:,} transfers.",
            str(count),
        ),
    ]


def _share(part: int, whole: int) -> int:
    return min(10_000, part * 10_000 // whole)


def _among(known: frozenset[str], names: Sequence[str]) -> list[str]:
    return [name for name in names if selector(name) in known]


def _owner(reader: ContractReader) -> str | None:
    for name in ("owner()", "getOwner()"):
        answer = reader.call("0x" + selector(name))
        if answer is not None and len(answer) == 32:
            return "0x" + answer[12:].hex()
    return None


def _number(reader: ContractReader, name: str) -> int | None:
    answer = reader.call("0x" + selector(name))
    return int.from_bytes(answer[:32]) if answer is not None and len(answer) >= 32 else None


def _text(reader: ContractReader, name: str) -> str:
    """A string, or the 32 bytes that old tokens answer with. Only what can be printed."""
    answer = reader.call("0x" + selector(name)) or b""
    if len(answer) == 32:
        text = answer.rstrip(b"\0").decode("utf8", "replace")
    else:
        try:
            (raw,) = decode(["bytes"], answer)
            text = raw.decode("utf8", "replace")
        except (DecodingError, OverflowError):
            return ""
    return "".join(each for each in text[:100] if each.isprintable()).strip()
