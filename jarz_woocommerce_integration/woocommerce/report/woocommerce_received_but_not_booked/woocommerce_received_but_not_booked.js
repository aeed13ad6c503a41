// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Received but not Booked"] = {
	onload(report) {
		report.page.set_title(__("Received but not Booked"));
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
