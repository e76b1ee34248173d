"""Where a run is trained. An engine is one method: given a run, it yields what `train` yields."""
