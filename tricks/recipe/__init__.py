"""What is trained, as plain values."""
