"""Rules, register and network declarations: what is required, written down."""
