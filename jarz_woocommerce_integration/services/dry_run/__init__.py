"""The migration without the booking. Needs a site."""
