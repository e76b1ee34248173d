"""Is a difference real? Pure numbers.

Start at `interval`, then `comparison`, which turns intervals into verdicts.
"""
