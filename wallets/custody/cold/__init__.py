"""Payments out of cold storage: drafted here, signed elsewhere by several people, then sent.

draft -> gather (what cosigners need to check it) -> hand_in, once a cosigner -> send. `cancel` at
any time before that.
"""
