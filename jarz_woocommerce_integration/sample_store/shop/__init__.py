"""The sample shop: its orders, people and catalogue, made from a seed. Runs without a bench."""
