"""What regulators are sent: what runs in workers."""
