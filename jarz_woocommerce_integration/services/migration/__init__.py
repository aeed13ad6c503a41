"""A shop's history into a ledger, page by page, and its proof. Runs without a bench."""
