"""What the books have of the items that a shop sells. Needs a site."""
