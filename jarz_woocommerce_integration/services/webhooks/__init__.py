"""Webhooks of the shops: made, looked after, received. Needs a site."""

from jarz_woocommerce_integration.old_names import members

__getattr__ = members(__name__)
