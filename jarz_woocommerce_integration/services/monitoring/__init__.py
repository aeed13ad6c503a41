"""The state of runs and of the live sync, alerts, and the removal of old rows. Needs a site."""
