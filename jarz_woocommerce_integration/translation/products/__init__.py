"""Products into items: what a shop sells and what ERPNext has -> a plan, one line per product and variation. Pure."""
