"""What each trick does, alone, taken out of a full recipe, and in pairs."""
