"""The sample shop as WooCommerce serves it. Runs without a bench."""
