"""Every trick: what it does, seen; why, when it helps, what it costs, and what it brings here."""
