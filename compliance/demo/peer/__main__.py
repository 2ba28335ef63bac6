"""`python -m compliance.demo.peer serve --folder F --port N`: answer over HTTPS until stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from compliance.demo.peer import folder
from compliance.demo.peer.server import Peer, serve

WHO = {"name": "Meridian Exchange", "lei": "9845MERIDIANPEER0015", "jurisdiction": "CA"}
OTHER_LEI = os.environ.get("TRAVEL_RULE_LEI", "9845HOLDFASTEXCH0083")


def main() -> int:
    parser = argparse.ArgumentParser(prog="compliance.demo.peer")
    parser.add_argument("what", choices=["serve"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--talks-to", default="", help="the other side's address: makes a peer")
    given = parser.parse_args()
    if given.talks_to:
        ours = {"url": given.talks_to, "lei": OTHER_LEI}
        folder.make(given.folder, **WHO, ours=ours)
    server = serve(Peer(given.folder), given.port)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while not stop.wait(0.5):
        server.peer.send_letters()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
