"""Products into items: what ERPNext has, the lines of a plan, and the items that are made of them. Needs a site."""
