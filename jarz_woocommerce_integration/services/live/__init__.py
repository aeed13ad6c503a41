"""Keeps the books in step with a shop. Needs a site."""
