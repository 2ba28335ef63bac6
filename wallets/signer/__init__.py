"""The only process that holds hot and deposit keys, and the only one that can sign.

It knows no Django and no database of ours. It decodes every transaction itself, judges it by a
policy that an administrator signed elsewhere, and writes it down before a signature leaves. Whoever
owns the web process owns nothing here but the right to ask.
"""
