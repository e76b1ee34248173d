"""The pages, with thousands of runs in the cache."""
