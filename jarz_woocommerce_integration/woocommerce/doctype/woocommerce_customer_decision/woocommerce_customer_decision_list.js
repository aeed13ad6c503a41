// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.listview_settings["WooCommerce Customer Decision"] = {
	formatters: {
		evidence: (value) => frappe.utils.escape_html(jarz_woocommerce.evidence(value)),
	},

	onload(listview) {
		listview.page.set_title(__("Customer Decisions"));
	},
};
