"""Chosen recipes side by side."""
