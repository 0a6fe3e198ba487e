"""What people may ask, and what they must be told."""
