"""How far each network has been watched."""
