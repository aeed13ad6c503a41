"""What a background worker loads before its first job.

RQ forks a process for each job, and what the worker hasn't loaded is loaded anew in each of them: three times the work of
booking one order. Bench imports the commands of each app before it starts a worker, and they call `preload`. A worker
has the code as it was when it started: whoever updates an app restarts the workers, as `bench update` does.
"""

from collections.abc import Sequence
from importlib import import_module

import frappe
from frappe.utils import cint

WORKERS = ("worker", "worker-pool")
SWITCH = "woo_preload"
_SERVICES = "jarz_woocommerce_integration.services"
# Our jobs, and what Frappe and ERPNext load at the first document of its kind. What isn't in here is loaded when it's needed.
MODULES = (
	f"{_SERVICES}.inbox.work",
	f"{_SERVICES}.live.sync",
	f"{_SERVICES}.outbox.sending",
	f"{_SERVICES}.page_jobs.jobs",
	"jarz_woocommerce_integration.woocommerce.doctype.woocommerce_store.woocommerce_store",
	"erpnext.accounts.doctype.gl_entry.gl_entry",
	"erpnext.accounts.doctype.payment_ledger_entry.payment_ledger_entry",
	"erpnext.accounts.doctype.payment_request.payment_request",
	"erpnext.accounts.doctype.sales_invoice.sales_invoice",
	"erpnext.controllers.buying_controller",
	"erpnext.crm.doctype.lead.lead",
	"erpnext.regional.italy.utils",
	"erpnext.selling.doctype.sales_order.sales_order",
	"erpnext.support.doctype.service_level_agreement.service_level_agreement",
	"frappe.automation.doctype.assignment_rule.assignment_rule",
	"frappe.core.doctype.user.user",
	"frappe.database.mariadb.database",
	"frappe.database.query",
	"frappe.email.doctype.notification.notification",
	"frappe.integrations.doctype.google_contacts.google_contacts",
	"frappe.recorder",
	"frappe.utils.redis_wrapper",
	"frappe.workflow.doctype.workflow_action.workflow_action",
	"bleach",
	"num2words",
)


def preload(command_line: Sequence[str]) -> None:
	"""Load them where this process is a worker: not in a developer's bench, whose code changes between two jobs, and not
	where `woo_preload` is 0 in common_site_config.json.

	:param command_line: of this process
	"""
	is_worker = any(word in WORKERS for word in command_line)
	if is_worker and not frappe._dev_server and cint(frappe.get_conf().get(SWITCH, 1)):
		for module in MODULES:
			import_module(module)
