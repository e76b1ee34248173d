"""Which tricks help, alone, taken out of a full recipe, and in pairs; and the best recipe so far."""
