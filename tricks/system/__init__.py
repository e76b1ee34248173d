"""What the machine gives: whole files, and the cores and memory that may be used.

Start at `files`, which says what to do where the system refuses.
"""
