"""What frees held orders. Needs a site."""
