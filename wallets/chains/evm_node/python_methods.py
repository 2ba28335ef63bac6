"""What the chain in Python answers: the names that every EVM node uses, and anvil's for mining."""

from __future__ import annotations

from typing import Any

import rlp
from eth.exceptions import Revert, VMError
from eth.vm.spoof import SpoofTransaction
from eth_utils import ValidationError, keccak, to_canonical_address, to_checksum_address

from wallets.chains.evm_node.python_chain import GAS_LIMIT, REJECTED, PythonChain
from wallets.chains.node_server import RpcError

MOST_BLOCKS, DEEPEST = 1_000, 200
MOST_LOG_BLOCKS = 2_000
TIP = 10**9


class PythonMethods:
    """One chain's methods."""

    def __init__(self, chain: PythonChain) -> None:
        self.chain = chain

    def rpc_eth_chainId(self) -> str:
        return hex(self.chain.chain.chain_id)

    def rpc_eth_blockNumber(self) -> str:
        return hex(self.chain.head.block_number)

    def rpc_eth_syncing(self) -> bool:
        return False

    def rpc_eth_accounts(self) -> list[str]:
        return [address.lower() for address in self.chain.accounts]

    def rpc_web3_clientVersion(self) -> str:
        return "holdfast/py-evm"

    def rpc_eth_getBlockByNumber(self, tag: str, whole: bool = False) -> Any:
        header = self._header(tag)
        return None if header is None else self._block(header, whole)

    def rpc_eth_getBlockByHash(self, block_hash: str, whole: bool = False) -> Any:
        header = self._header({"blockHash": block_hash})
        return None if header is None else self._block(header, whole)

    def rpc_eth_getBlockReceipts(self, tag: str) -> Any:
        header = self._header({"blockHash": tag} if len(tag) == 66 else tag)
        return None if header is None else self._receipts(header)

    def rpc_eth_getTransactionReceipt(self, txid: str) -> Any:
        found = self._find(txid)
        return found and self._receipts(found[0])[found[1]]

    def rpc_eth_getTransactionByHash(self, txid: str) -> Any:
        if (waiting := self.chain.waiting.get(_bytes(txid))) is not None:
            return _transaction(waiting, None, None)
        found = self._find(txid)
        return found and self._block(found[0], True)["transactions"][found[1]]

    def rpc_eth_getBalance(self, address: str, tag: Any = "latest") -> str:
        return hex(self._state(tag).get_balance(_bytes(address)))

    def rpc_eth_getCode(self, address: str, tag: Any = "latest") -> str:
        return "0x" + self._state(tag).get_code(_bytes(address)).hex()

    def rpc_eth_getTransactionCount(self, address: str, tag: Any = "latest") -> str:
        if tag == "pending":
            return hex(self.chain.next_nonce(_bytes(address)))
        return hex(self._state(tag).get_nonce(_bytes(address)))

    def rpc_eth_getStorageAt(self, address: str, slot: str, tag: Any = "latest") -> str:
        return f"0x{self._state(tag).get_storage(_bytes(address), int(slot, 16)):064x}"

    def rpc_eth_getLogs(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """By contract and first topic, over at most so many blocks."""
        first = self._known(asked.get("fromBlock", "latest")).block_number
        last = self._known(asked.get("toBlock", "latest")).block_number
        if last - first >= MOST_LOG_BLOCKS:
            raise RpcError(REJECTED, f"at most {MOST_LOG_BLOCKS} blocks at once")
        topic = (asked.get("topics") or [None])[0]
        contract = asked["address"].lower()
        return [
            log
            for height in range(first, last + 1)
            for receipt in self._receipts(self.chain.header_at(height))
            for log in receipt["logs"]
            if log["address"] == contract and (topic is None or log["topics"][:1] == [topic])
        ]

    def rpc_eth_call(
        self, call: dict[str, Any], tag: Any = "latest", instead: dict[str, Any] | None = None
    ) -> str:
        """`instead` puts other code in the place of some accounts, for this call only."""
        header = self._known(tag)
        try:
            vm = self.chain.chain.get_vm(header)
            with vm.in_costless_state() as state:
                for address, other in (instead or {}).items():
                    state.set_code(_bytes(address), _bytes(other["code"]))
                computation = state.costless_execute_transaction(self._spoof(call))
            computation.raise_if_error()
            output = computation.output
        except Revert as error:
            said = error.args[0] if error.args and isinstance(error.args[0], bytes) else b""
            raise RpcError(3, f"execution reverted: 0x{said.hex()}") from None
        except (VMError, ValidationError) as error:
            raise RpcError(REJECTED, f"execution failed: {error}") from None
        return "0x" + bytes(output).hex()

    def rpc_eth_estimateGas(self, call: dict[str, Any], tag: Any = "latest") -> str:
        try:
            return hex(self.chain.chain.estimate_gas(self._spoof(call), self._known("latest")))
        except (VMError, ValidationError) as error:
            raise RpcError(3, f"execution reverted: {error}") from None

    def rpc_eth_gasPrice(self) -> str:
        return hex(self._base_fee() + TIP)

    def rpc_eth_maxPriorityFeePerGas(self) -> str:
        return hex(TIP)

    def rpc_eth_feeHistory(self, count: str, newest: str, percentiles: Any = ()) -> Any:
        header = self._known(newest)
        return {
            "oldestBlock": hex(header.block_number),
            "baseFeePerGas": [hex(header.base_fee_per_gas), hex(self._base_fee())],
            "gasUsedRatio": [0],
            "reward": [[hex(TIP) for _ in percentiles]],
        }

    def rpc_eth_sendRawTransaction(self, raw: str) -> str:
        return "0x" + self.chain.accept(_bytes(raw)).hex()

    def rpc_eth_sendTransaction(self, asked: dict[str, Any]) -> str:
        """Signed by the node itself, for the accounts that it has."""
        account = self.chain.accounts.get(to_checksum_address(asked["from"]))
        if account is None:
            raise RpcError(REJECTED, "No Signer available")
        sender = _bytes(account.address)
        fields = {
            "chainId": self.chain.chain.chain_id,
            "nonce": self.chain.next_nonce(sender),
            "value": int(asked.get("value") or "0x0", 16),
            "data": asked.get("data") or asked.get("input") or "0x",
            "maxFeePerGas": 2 * self._base_fee() + TIP,
            "maxPriorityFeePerGas": TIP,
        }
        if asked.get("to"):
            fields["to"] = to_checksum_address(asked["to"])
        gas = asked.get("gas") or self.rpc_eth_estimateGas(asked)
        signed = account.sign_transaction({**fields, "gas": int(gas, 16)})
        return "0x" + self.chain.accept(bytes(signed.raw_transaction)).hex()

    def rpc_txpool_status(self) -> dict[str, str]:
        return {"pending": hex(len(self.chain.waiting)), "queued": "0x0"}

    def rpc_anvil_mine(self, blocks: str = "0x1") -> None:
        for _block in range(min(int(blocks, 16), MOST_BLOCKS)):
            self.chain.mine()

    def rpc_evm_mine(self) -> str:
        self.chain.mine()
        return "0x0"

    def rpc_holdfast_payOut(self, address: str, gwei: str) -> str:
        """A validator's withdrawal, in a block of its own. Returns its index."""
        return hex(self.chain.pay_out(_bytes(address), int(gwei, 16)))

    def rpc_anvil_setCoinbase(self, miner: str) -> None:
        self.chain.coinbase = bytes(to_canonical_address(miner))

    def rpc_anvil_reorg(self, depth: int, transactions: Any = ()) -> None:
        self.chain.reorg(min(depth, DEEPEST))

    def _header(self, tag: Any) -> Any:
        """The block that a tag, a number or {"blockHash"} means."""
        if isinstance(tag, dict):
            if "blockHash" in tag:
                return self.chain.header_of(_bytes(tag["blockHash"]))
            tag = tag["blockNumber"]
        if tag in ("latest", "pending", "safe", "finalized"):
            return self.chain.head
        return self.chain.header_at(0 if tag == "earliest" else int(tag, 16))

    def _known(self, tag: Any) -> Any:
        header = self._header(tag)
        if header is None:
            raise RpcError(REJECTED, "header not found")
        return header

    def _state(self, tag: Any) -> Any:
        return self.chain.state(self._known(tag))

    def _base_fee(self) -> int:
        return int(self.chain.chain.header.base_fee_per_gas)

    def _spoof(self, call: dict[str, Any]) -> Any:
        sender = _bytes(call.get("from") or "0x" + "00" * 20)
        unsigned = self.chain.chain.create_unsigned_transaction(
            nonce=self.chain.state().get_nonce(sender),
            gas_price=self._base_fee(),
            gas=int(call.get("gas") or hex(GAS_LIMIT), 16),
            to=_bytes(call["to"]) if call.get("to") else b"",
            value=int(call.get("value") or "0x0", 16),
            data=_bytes(call.get("data") or call.get("input") or "0x"),
        )
        return SpoofTransaction(unsigned, from_=sender)

    def _find(self, txid: str) -> tuple[Any, int] | None:
        """In which block of the present chain a transaction is, and where."""
        try:
            number, index = self.chain.chain.chaindb.get_transaction_index(_bytes(txid))
        except Exception:  # noqa: BLE001  py-evm raises a class of its own or a KeyError
            return None
        header = self.chain.header_at(number)
        if header is None:
            return None
        transactions = self.chain.block(header).transactions
        if index >= len(transactions) or transactions[index].hash != _bytes(txid):
            return None  # mined in a block that a fork has replaced
        return header, index

    def _block(self, header: Any, whole: bool) -> dict[str, Any]:
        transactions = self.chain.block(header).transactions
        shown = [
            _transaction(tx, header, index) if whole else "0x" + tx.hash.hex()
            for index, tx in enumerate(transactions)
        ]
        return {
            "number": hex(header.block_number),
            "hash": "0x" + header.hash.hex(),
            "parentHash": "0x" + header.parent_hash.hex(),
            "timestamp": hex(header.timestamp),
            "miner": "0x" + header.coinbase.hex(),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "stateRoot": "0x" + header.state_root.hex(),
            "transactions": shown,
            "withdrawals": [
                {
                    "index": hex(each.index),
                    "validatorIndex": hex(each.validator_index),
                    "address": "0x" + each.address.hex(),
                    "amount": hex(each.amount),
                }
                for each in self.chain.block(header).withdrawals
            ],
        }

    def _receipts(self, header: Any) -> list[dict[str, Any]]:
        block = self.chain.block(header)
        shown, used, logs = [], 0, 0
        for index, (tx, receipt) in enumerate(
            zip(block.transactions, block.get_receipts(self.chain.chain.chaindb), strict=True)
        ):
            place = {
                "transactionHash": "0x" + tx.hash.hex(),
                "transactionIndex": hex(index),
                "blockHash": "0x" + header.hash.hex(),
                "blockNumber": hex(header.block_number),
            }
            made = keccak(rlp.encode([tx.sender, tx.nonce]))[-20:]
            shown.append(
                {
                    **place,
                    "status": "0x1" if receipt.state_root == b"\x01" else "0x0",
                    "from": "0x" + tx.sender.hex(),
                    "to": "0x" + tx.to.hex() if tx.to else None,
                    "contractAddress": None if tx.to else "0x" + made.hex(),
                    "gasUsed": hex(receipt.gas_used - used),
                    "cumulativeGasUsed": hex(receipt.gas_used),
                    "effectiveGasPrice": hex(_effective_price(tx, header)),
                    "logs": [
                        {
                            **place,
                            "logIndex": hex(logs + number),
                            "address": "0x" + log.address.hex(),
                            "topics": [f"0x{topic:064x}" for topic in log.topics],
                            "data": "0x" + log.data.hex(),
                        }
                        for number, log in enumerate(receipt.logs)
                    ],
                }
            )
            used, logs = receipt.gas_used, logs + len(receipt.logs)
        return shown


def _transaction(tx: Any, header: Any, index: int | None) -> dict[str, Any]:
    price = tx.max_fee_per_gas if header is None else _effective_price(tx, header)
    return {
        "hash": "0x" + tx.hash.hex(),
        "nonce": hex(tx.nonce),
        "from": "0x" + tx.sender.hex(),
        "to": "0x" + tx.to.hex() if tx.to else None,
        "value": hex(tx.value),
        "gas": hex(tx.gas),
        "gasPrice": hex(price),
        "input": "0x" + tx.data.hex(),
        "blockHash": None if header is None else "0x" + header.hash.hex(),
        "blockNumber": None if header is None else hex(header.block_number),
        "transactionIndex": None if index is None else hex(index),
    }


def _effective_price(tx: Any, header: Any) -> int:
    return int(min(tx.max_fee_per_gas, tx.max_priority_fee_per_gas + header.base_fee_per_gas))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except (ValueError, AttributeError):
        raise RpcError(-32602, "not hex") from None
