"""Rules for the columns of entries. Needs a site."""
