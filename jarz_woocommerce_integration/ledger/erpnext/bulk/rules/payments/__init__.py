"""Rules for the columns of payments. Needs a site."""
