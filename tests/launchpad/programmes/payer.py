"""A process that pays a payout and can be killed: `python -m … .payer ID SIZE WHERE`.

It says "batch" after each one and waits for a line before the next, so that whoever started it can
kill it at a known moment; with "inside" it stops within a batch's transaction instead.
"""

from __future__ import annotations

import sys

import django


def main(payout_id: int, size: int, where: str) -> None:
    from launchpad.programmes import pay

    def wait(word: str) -> None:
        print(word, flush=True)
        sys.stdin.readline()

    if where == "inside":
        post = pay.post_many.post_from

        def post_and_wait(**words):
            posted = post(**words)
            wait("inside")
            return posted

        pay.post_many.post_from = post_and_wait
    while pay.pay(payout_id, batch=size, most=1):
        wait("batch")
    print("done", flush=True)


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
