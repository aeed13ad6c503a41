"""The buttons of prices. Needs a site."""
