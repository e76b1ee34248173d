"""Many visitors beside a training."""
