// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Held Orders by Value"] = {
	onload(report) {
		report.page.set_title(__("Held Orders by Value"));
	},
	filters: [
		{
			fieldname: "store",
			label: __("Store"),
			fieldtype: "Link",
			options: "WooCommerce Store",
		},
	],
};
