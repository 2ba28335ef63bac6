"""Tasks: thin, killable, safe to run twice."""
