"""The register and its agreement with the facts, roles, impact assessments, breaches, and what an inspection asks for."""
