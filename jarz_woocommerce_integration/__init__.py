from jarz_woocommerce_integration import old_names

__version__ = "0.1.0"

old_names.install()
