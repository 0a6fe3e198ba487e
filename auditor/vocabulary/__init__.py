"""The words of the domain as frozen values. Imports nothing but the standard library."""
