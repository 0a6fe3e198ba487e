"""The register, its agreement with the facts, and the impact assessment."""
