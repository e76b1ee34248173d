"""What visitors see.

Start at `train`, the first page.
"""
