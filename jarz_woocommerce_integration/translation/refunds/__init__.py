"""Refunds as credit notes, and how they were paid back. Runs without a bench."""
