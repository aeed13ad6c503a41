from importlib.util import find_spec

app_name = "jarz_woocommerce_integration"
app_title = "Jarz WooCommerce Integration"
app_publisher = "Jarz"
app_description = "Every order of a WooCommerce shop in ERPNext, to the cent"
app_email = "developers@jarz.example"
app_license = "mit"

app_logo_url = "/assets/jarz_woocommerce_integration/images/woocommerce.svg"
# Frappe 15 has the Desk at /app, Frappe 16 at /desk.
app_home = f"/{'desk' if find_spec('frappe') and find_spec('frappe.www.desk') else 'app'}/woocommerce"
add_to_apps_screen = [
	{
		"name": app_name,
		"logo": app_logo_url,
		"title": "WooCommerce",
		"route": app_home,
		"has_permission": "jarz_woocommerce_integration.api.rights.may_open_app",
	}
]

required_apps = ["erpnext"]

# For who runs the tests of this app alone, on a site without a company.
before_tests = "jarz_woocommerce_integration.tests.support.site.ensure_company"

# Where a System Manager has the lists of the global search made anew.
global_search_doctypes = {"Default": [{"doctype": "WooCommerce Order Map"}]}

after_install = "jarz_woocommerce_integration.install.after_install"
after_migrate = ["jarz_woocommerce_integration.install.after_migrate"]
before_uninstall = [
	"jarz_woocommerce_integration.install.before_uninstall",
	"jarz_woocommerce_integration.services.webhooks.removal.remember",
]
after_uninstall = [
	"jarz_woocommerce_integration.services.webhooks.removal.remove",
	"jarz_woocommerce_integration.install.after_uninstall",
]

# What several forms share, beside each DocType's own script. Served with the DocType, so nothing has to be built.
_SHARED = "public/js/woocommerce_desk.js"
doctype_js = {
	"WooCommerce Store": [
		_SHARED,
		"public/js/woocommerce_mappings.js",
		"public/js/woocommerce_preflight.js",
		"public/js/woocommerce_preview.js",
		"public/js/woocommerce_rehearsal.js",
		"public/js/woocommerce_webhooks.js",
		"public/js/woocommerce_currencies.js",
		"public/js/woocommerce_reconciliation.js",
		"public/js/woocommerce_products.js",
		"public/js/woocommerce_prices.js",
		"public/js/woocommerce_stock.js",
	],
	"WooCommerce Product Import": [_SHARED, "public/js/woocommerce_products.js"],
	"WooCommerce Product Import Line": [_SHARED],
	"WooCommerce Order Map": [
		_SHARED,
		"public/js/woocommerce_trail.js",
		"public/js/woocommerce_held.js",
	],
	"WooCommerce Customer Decision": [_SHARED],
	"WooCommerce Item Link": [_SHARED],
	"WooCommerce Outbox": [_SHARED],
	"WooCommerce Payout": [_SHARED],
	"WooCommerce Price Level": [_SHARED],
	"WooCommerce Stock Level": [_SHARED],
	"WooCommerce Sync Run": [
		_SHARED,
		"public/js/woocommerce_page_strip.js",
		"public/js/woocommerce_run_actions.js",
		"public/js/woocommerce_run_progress.js",
		"public/js/woocommerce_proof.js",
	],
}
_DOCUMENTS = "public/js/woocommerce_documents.js"
_SHOWN_ON = {
	"Sales Order": "of_sales_order",
	"Sales Invoice": "of_invoice",
	"Payment Entry": "of_payment",
	"Customer": "of_customer",
	"Item": "of_item",
	"Delivery Note": "of_delivery",
}
doctype_js |= {doctype: [_DOCUMENTS] for doctype in _SHOWN_ON}
override_doctype_dashboards = {
	doctype: f"jarz_woocommerce_integration.services.documents.connections.{name}"
	for doctype, name in _SHOWN_ON.items()
}
extend_bootinfo = "jarz_woocommerce_integration.services.documents.boot.add_to_boot"
doctype_list_js = {
	"WooCommerce Inbox": [_SHARED],
	"WooCommerce Item Link": [_SHARED],
	"WooCommerce Order Map": [_SHARED, "public/js/woocommerce_held.js"],
	"WooCommerce Customer Decision": [_SHARED],
	"WooCommerce Outbox": [_SHARED],
	"WooCommerce Payout": [_SHARED],
	"WooCommerce Price Level": [_SHARED],
	"WooCommerce Product Import": [_SHARED],
	"WooCommerce Product Import Line": [_SHARED],
	"WooCommerce Stock Level": [_SHARED],
	"WooCommerce Store": [_SHARED],
	"WooCommerce Sync Page": [_SHARED],
	"WooCommerce Sync Run": [_SHARED],
}

# What Frappe itself answers to the webhooks' senders; costs other requests a look at their path.
after_request = ["jarz_woocommerce_integration.services.webhooks.malformed.put_right"]
override_doctype_class = {
	"Error Log": "jarz_woocommerce_integration.services.webhooks.malformed.ErrorLogOfRequest",
}

scheduler_events = {
	"cron": {
		"* * * * *": [
			"jarz_woocommerce_integration.services.page_jobs.jobs.sweep",
			"jarz_woocommerce_integration.services.live.sync.tick",
			"jarz_woocommerce_integration.services.outbox.sending.tick",
			"jarz_woocommerce_integration.services.extensions.calls.tick",
			"jarz_woocommerce_integration.services.mailing.sending.tick",
			"jarz_woocommerce_integration.services.products.jobs.sweep",
			"jarz_woocommerce_integration.services.stock.sending.tick",
			"jarz_woocommerce_integration.services.prices.sending.tick",
		],
		"4-59/15 * * * *": ["jarz_woocommerce_integration.services.webhooks.health.check_all"],
		"3-59/5 * * * *": ["jarz_woocommerce_integration.services.monitoring.live_alerts.watch"],
		"30 2 * * *": ["jarz_woocommerce_integration.services.reconciliation.jobs.nightly"],
		"10 3 * * *": [
			"jarz_woocommerce_integration.services.stock.sending.nightly",
			"jarz_woocommerce_integration.services.prices.sending.nightly",
		],
	},
	"hourly": ["jarz_woocommerce_integration.services.reconciliation.jobs.hourly"],
	"daily": ["jarz_woocommerce_integration.services.monitoring.retention.remove_old"],
}

# For how many days they are kept where nobody says anything else in Log Settings; 0 there keeps all. The log of requests is a file that
# ends by itself (services/session/request_log.py).
default_log_clearing_doctypes = {
	"WooCommerce Sync Run": 180,
	"WooCommerce Inbox": 180,
	"WooCommerce Outbox": 180,
}

_KEEP_MARKS = "jarz_woocommerce_integration.ledger.erpnext.documents.posting.keep_marks"
_KEEP_TAX_SHARES = "jarz_woocommerce_integration.ledger.erpnext.documents.tax_shares.keep"
# What the shop is informed of; each returns at once where the document belongs to no shop's order.
_OUTBOX = "jarz_woocommerce_integration.services.outbox.documents"
_MAILING = "jarz_woocommerce_integration.services.mailing.rows"
doc_events = {
	"Sales Invoice": {
		"before_validate": [_KEEP_MARKS, _KEEP_TAX_SHARES],
		"before_cancel": _KEEP_MARKS,
		"on_submit": [f"{_OUTBOX}.invoice_submitted", f"{_MAILING}.invoice_submitted"],
		"on_cancel": f"{_OUTBOX}.invoice_cancelled",
		"on_change": f"{_OUTBOX}.invoice_changed",
	},
	"Payment Entry": {
		"before_validate": _KEEP_MARKS,
		"before_cancel": _KEEP_MARKS,
		"on_cancel": "jarz_woocommerce_integration.services.payouts.payout.keep_payouts",
	},
	"Sales Order": {"before_validate": [_KEEP_MARKS, _KEEP_TAX_SHARES], "before_cancel": _KEEP_MARKS},
	"Delivery Note": {
		"before_validate": _KEEP_MARKS,
		"before_cancel": _KEEP_MARKS,
		"on_change": f"{_OUTBOX}.delivery_changed",
	},
	"Shipment": {"on_change": f"{_OUTBOX}.shipment_changed"},
	"Bank Transaction": {
		"on_update_after_submit": "jarz_woocommerce_integration.services.payouts.bank.bank_line_changed",
		"on_submit": "jarz_woocommerce_integration.services.payouts.bank.bank_line_changed",
	},
	"Stock Ledger Entry": {
		"on_submit": "jarz_woocommerce_integration.services.stock.documents.stock_changed"
	},
}
# What was sent or imported of a document keeps nobody from deleting it.
ignore_links_on_delete = [
	"WooCommerce Invoice Mail",
	"WooCommerce Outbox",
	"WooCommerce Product Import",
	"WooCommerce Product Import Line",
	"WooCommerce Stock Level",
	"WooCommerce Price Level",
]

# What Frappe's Personal Data Deletion Request redacts of ours: an e-mail or a name within any text. docs/operate/erasure.md
user_data_fields = [
	{"doctype": "WooCommerce Order Map", "strict": True, "partial": True},
	{"doctype": "WooCommerce Customer Decision", "strict": True, "partial": True},
	{"doctype": "Customer", "filter_by": "email_id", "redact_fields": ["woo_phone_text"]},
]

export_python_type_annotations = True
