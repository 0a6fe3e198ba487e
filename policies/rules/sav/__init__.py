"""After-sales: a lost card rebuilt, its link to the contract kept apart, and equal service without a file."""
