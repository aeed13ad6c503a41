"""What the price lists say of the items that a shop sells. Needs a site."""
