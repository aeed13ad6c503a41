"""Undo of a run. Needs a site."""
