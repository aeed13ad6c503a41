"""The merchant's own fields: which ones an order may fill. Needs a site."""
