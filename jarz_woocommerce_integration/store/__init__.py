"""The shop: what is read from WooCommerce and written to it. Runs without a bench."""
