"""Compares a shop with its books as plain data, and says what differs. Runs without a bench."""
