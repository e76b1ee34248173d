"""Training, side by side with other ways."""
