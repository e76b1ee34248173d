"""Who trains what, when.

Start at `execution`, one run from its turn to its place in the store, then `queue`, and `scheduler`, which ties both.
"""
