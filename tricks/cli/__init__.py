"""The lab without a browser."""
