"""python -m wallets.chains.evm_node FOLDER

NODE_URL in the environment names the port, http://127.0.0.1:port, and NODE_CHAIN_ID the chain.
NODE_EVM=python chooses the EVM in Python, NODE_EVM=anvil insists on anvil.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from wallets.chains.evm_node import anvil
from wallets.chains.node_server import Server

ROOT = Path(__file__).resolve().parents[3]


def main(folder: str) -> int:
    port = urlsplit(os.environ["NODE_URL"]).port
    chain_id = int(os.environ["NODE_CHAIN_ID"])
    if port is None:
        sys.stderr.write("NODE_URL must name a port\n")
        return 2
    wanted = os.environ.get("NODE_EVM", "")
    data = Path(folder)
    data.mkdir(parents=True, exist_ok=True)
    if wanted != "python":
        if (binary := anvil.install()) is not None:
            state = data / "state.json"
            command = anvil.command(binary, port=port, chain_id=chain_id, state=state)
            sys.stdout.flush()
            # Whoever stops or watches us has anvil itself then.
            os.execv(command[0], command)  # noqa: S606
        if wanted == "anvil":
            sys.stderr.write("anvil is not there and could not be installed\n")
            return 1
    if find_spec("eth") is None:
        install = [sys.executable, "-m", "exchange.launcher.packages", "requirements-evm.txt"]
        if subprocess.run(install, cwd=ROOT).returncode:
            return 1
    from wallets.chains.evm_node.python_chain import PythonChain
    from wallets.chains.evm_node.python_methods import PythonMethods

    Server(port, PythonMethods(PythonChain(chain_id, data))).serve_until_stopped()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
