"""A store of the site, opened for work: client, policy, ledger, runs. Needs a site."""
