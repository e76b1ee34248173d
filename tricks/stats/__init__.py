"""Is a difference real? Pure numbers."""
