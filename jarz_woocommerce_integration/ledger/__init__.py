"""Where drafts are booked: the contract, and what holds for every ledger. Runs without a bench."""
