"""How long each kind of data may be kept."""
