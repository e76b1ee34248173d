"""Results in, tables and charts out."""
