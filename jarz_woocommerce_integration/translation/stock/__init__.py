"""How much of a product the shop may offer. Plain quantities in, plain quantities out."""
