"""The ledger in ERPNext. Needs a site."""
