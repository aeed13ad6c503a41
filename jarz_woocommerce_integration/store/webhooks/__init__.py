"""A shop's webhooks: its REST routes, their states, what is delivered. Runs without a bench."""
