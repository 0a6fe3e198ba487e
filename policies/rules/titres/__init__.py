"""The right to travel without being named, and the kinds of cards."""
