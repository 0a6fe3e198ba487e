"""What the ticketing reference is, and the purposes it closes."""
