"""The hook `woocommerce_order_draft`: other apps may change a draft before it is booked (docs/develop/hooks.md)."""

import frappe

from jarz_woocommerce_integration.translation.filters.drafts import DraftFilter

HOOK = "woocommerce_order_draft"


def filters_of_site() -> tuple[DraftFilter, ...]:
	return tuple((name, frappe.get_attr(name)) for name in frappe.get_hooks(HOOK))
