"""What regulators are sent: staff screens of this room."""
