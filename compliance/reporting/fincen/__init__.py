"""FinCEN's batch files: how they are written, what they must obey, what comes back."""
