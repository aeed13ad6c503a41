"""Requests to a shop: connection, authentication, rate budget, answers. Runs without a bench."""
