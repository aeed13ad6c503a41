"""The buttons of stock. Needs a site."""
