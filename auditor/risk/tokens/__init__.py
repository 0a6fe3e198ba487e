"""What a token that stands for a card number really is: a hash that can be searched, an encoding, or something opaque."""
