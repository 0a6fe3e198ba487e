"""Draws outcomes, receipts and answers as documents. Runs no query and reads no clock."""
