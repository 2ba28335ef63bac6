"""Start Holdfast and keep it running: embedded servers, migrations, the demo, and every process.

Standard library and psycopg only; Django runs in the children. Production runs the same children
under a supervisor of its own (see Procfile) against servers of its own.
"""
