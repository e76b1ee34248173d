"""What the store says.

Start at `compare`, the one function behind every verdict; `verdicts` has what becomes of the blog's conclusions.
"""
