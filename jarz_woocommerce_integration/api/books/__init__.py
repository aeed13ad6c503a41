"""What an accountant does with the books beside the orders. Needs a site."""
