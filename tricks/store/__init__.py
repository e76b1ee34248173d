"""All runs on disk."""
