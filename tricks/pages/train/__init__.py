"""The first page: toggles, Train, and the loss as it streams in.

Start at `page`.
"""
