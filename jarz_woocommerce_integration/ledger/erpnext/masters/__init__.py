"""Customers, contacts, addresses and items on a site. Needs a site."""
