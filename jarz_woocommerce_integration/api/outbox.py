"""The buttons of the outbox."""

import frappe
from frappe import _
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.api.rights import row_of
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.services.outbox.refund_limit import REFUND_MANAGER


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def send_again(names: list | str) -> int:
	"""Send again what was given up. :param names: of Outbox rows; :returns: how many of them were"""
	return outbox.send_again(
		[row_of(outbox.OUTBOX, cint(name), to_change=True).name for name in frappe.parse_json(names)]
	)


@frappe.whitelist(methods=["POST"])
@for_roles(REFUND_MANAGER)
def approve_refunds(names: list | str) -> int:
	"""Have gateways pay back refunds that wait for approval. :param names: of Outbox rows; :returns: how many of them did"""
	if REFUND_MANAGER not in frappe.get_roles():
		frappe.throw(
			_("Only a user with the role {0} may do this.").format(_(REFUND_MANAGER)), frappe.PermissionError
		)
	return outbox.approve([row_of(outbox.OUTBOX, cint(name)).name for name in frappe.parse_json(names)])
