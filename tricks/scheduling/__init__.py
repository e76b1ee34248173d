"""Who trains what, when."""
