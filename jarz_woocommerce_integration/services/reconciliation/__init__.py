"""The shop's own lists against the Order Map. Needs a site."""

from jarz_woocommerce_integration.old_names import members

__getattr__ = members(__name__)
