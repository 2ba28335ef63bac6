"""The signature is BitMart's, to the letter."""

from __future__ import annotations

from bitmart.lib import cloud_utils

from exchange.api import signing

# From BitMart's own reference for signing.
TIMESTAMP, MEMO, SECRET = (
    "1589793795969",
    "test001",
    "6c6c98544461bbe71db2bca4c6d7fd0021e0ba9efc215f9c6ad41852df9d9df9",
)
BODY = b'{"symbol":"BTC_USDT","price":"8600","count":"100"}'


def test_the_official_client_and_we_agree() -> None:
    theirs = cloud_utils.sign(cloud_utils.pre_substring(TIMESTAMP, MEMO, BODY.decode()), SECRET)

    ours = signing.signature(secret=SECRET, memo=MEMO, timestamp=TIMESTAMP, payload=BODY)

    assert ours == theirs


def test_each_of_the_three_parts_counts() -> None:
    right = {"secret": SECRET, "memo": MEMO, "timestamp": TIMESTAMP, "payload": BODY}
    variants = [
        {"secret": "other"},
        {"memo": "other"},
        {"timestamp": "1589793795970"},
        {"payload": BODY + b" "},
    ]

    signatures = {signing.signature(**{**right, **other}) for other in [{}, *variants]}

    assert len(signatures) == 5
