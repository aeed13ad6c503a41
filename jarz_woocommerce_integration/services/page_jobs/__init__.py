"""Runs that workers book side by side. Needs a site."""

from jarz_woocommerce_integration.old_names import members

__getattr__ = members(__name__)
