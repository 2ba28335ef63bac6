"""A Bitcoin regtest node for development and tests: Bitcoin Core's own consensus, bitcoind's words.

Blocks are validated, chosen between and connected by Core's library (py-bitcoinkernel), and it runs
the scripts of what wants into the mempool. The mempool's policy, the miner and the RPC are here. No
peers, no wallet. It knows no Django and none of our settings.
"""
