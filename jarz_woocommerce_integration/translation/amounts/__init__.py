"""What an order comes to: lines, charges, taxes, rounding, the balance of all of it. Runs without a bench."""
