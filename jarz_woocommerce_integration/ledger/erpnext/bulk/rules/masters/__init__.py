"""Rules for the columns of masters. Needs a site."""
