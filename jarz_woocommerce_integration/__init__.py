from jarz_woocommerce_integration import old_names

__version__ = "1.6.0"

old_names.install()
