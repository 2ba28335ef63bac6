"""Hot, warm and cold wallets, and what signers are asked for."""
