"""What the rows of a page are made of: vouchers, names, what the site has. Needs a site."""
