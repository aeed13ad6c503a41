"""Stock to the shop, and the shop's opening stock. Needs a site."""
