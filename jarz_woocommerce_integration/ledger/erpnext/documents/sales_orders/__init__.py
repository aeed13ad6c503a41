"""What an order becomes before, and beside, its invoice: the Sales Order and the Delivery Note. Needs a site."""
