"""What is opened to others, and the form it takes."""
