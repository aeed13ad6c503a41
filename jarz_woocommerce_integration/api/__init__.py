"""Whitelisted methods over HTTP, thin: rights, then one call of `services`. Needs a site."""
