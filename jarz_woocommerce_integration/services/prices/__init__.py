"""Prices to the shop. Needs a site."""
