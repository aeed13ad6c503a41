"""Payouts of gateways in the books: the payments that they are made of, and their Journal Entries. Needs a site."""
