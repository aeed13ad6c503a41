"""What the sample shop sells beside its orders: terms, bodies, and what is written to products. Runs without a bench."""
