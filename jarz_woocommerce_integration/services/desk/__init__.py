"""What the forms ask, check and offer. Needs a site."""
