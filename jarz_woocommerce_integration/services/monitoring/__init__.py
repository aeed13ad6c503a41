"""How runs and the live sync stand, whom that is told, what old rows go. Needs a site."""
