"""Whose order it is: evidence, candidates, names, addresses. Runs without a bench."""
