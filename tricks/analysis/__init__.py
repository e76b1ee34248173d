"""What the store says."""
