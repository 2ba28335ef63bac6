"""DeFi vaults: a hot wallet lends to an ERC-4626 contract, through the signer and the queue that
every payment of ours takes."""
