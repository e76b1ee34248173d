"""Results to take away: tables, weights, networks and scripts.

Start at `formats`, which has every form in which something can be taken away.
"""
