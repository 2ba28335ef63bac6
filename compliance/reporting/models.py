"""What regulators are sent: rows of this room."""
