"""Recipients, access rights, logs, secrets, exports and test copies."""
