"""What is to be read again from a shop. Needs a site."""

from jarz_woocommerce_integration.old_names import members

__getattr__ = members(__name__)
