"""How fast.

Start at `report`, which has all parts.
"""
