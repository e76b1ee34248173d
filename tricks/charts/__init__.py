"""Results in, tables and charts out.

Start at `curves`, which makes tables, then `theme`, which says how they are drawn.
"""
