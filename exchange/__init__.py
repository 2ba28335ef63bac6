"""The venue, and the Django project."""
