"""python -m wallets.chains.kernel_node FOLDER

NODE_URL in the environment names the port and the password: http://user:password@127.0.0.1:port
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wallets.chains.kernel_node.methods import Methods
from wallets.chains.node_server import Server


def main(folder: str) -> int:
    where = urlsplit(os.environ["NODE_URL"])
    if where.port is None or not where.password:
        sys.stderr.write("NODE_URL must name a port and a password\n")
        return 2
    methods = Methods(Path(folder))
    credentials = f"{unquote(where.username or '')}:{unquote(where.password)}"
    Server(where.port, methods, credentials).serve_until_stopped()
    methods.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
