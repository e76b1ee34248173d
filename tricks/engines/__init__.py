"""Where a run is trained.

Start at `engine`, which says what an engine is, then `local`, the engine of this machine, and its `worker`; `ray` has
runs trained on a cluster.
"""
