"""python -m wallets.chains.kernel_node FOLDER

NODE_URL in the environment names the port and the password: http://user:password@127.0.0.1:port
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wallets.chains.kernel_node.methods import Methods
from wallets.chains.kernel_node.server import Server


def main(folder: str) -> int:
    where = urlsplit(os.environ["NODE_URL"])
    if where.port is None or not where.password:
        sys.stderr.write("NODE_URL must name a port and a password\n")
        return 2
    methods = Methods(Path(folder))
    server = Server(where.port, methods, unquote(where.username or ""), unquote(where.password))
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not in the signal's own frame: `shutdown` waits for the loop that it interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    with server.lock:
        methods.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
