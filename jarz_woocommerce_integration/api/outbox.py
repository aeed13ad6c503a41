"""The button of the outbox."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services import outbox
from jarz_woocommerce_integration.services.site_store import get_store


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER)
def send_again(names: list | str) -> int:
	"""Send again what was given up. :param names: of Outbox rows; :returns: how many of them were"""
	return outbox.send_again([_row(name) for name in frappe.parse_json(names)])


def _row(name: int | str) -> int:
	row = frappe.get_doc(outbox.OUTBOX, cint(name))
	row.check_permission("read")
	get_store(row.store).check_permission("write")
	return row.name
