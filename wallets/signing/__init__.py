"""The web's side of the signer for staff: see what it says, freeze it, carry operators' thaws."""
