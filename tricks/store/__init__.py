"""All runs on disk.

Start at `record`, which says what is in a run's file, then `store`, the folder of them.
"""
