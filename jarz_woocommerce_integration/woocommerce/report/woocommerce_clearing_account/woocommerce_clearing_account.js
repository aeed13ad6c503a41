// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Clearing Account"] = {
	onload(report) {
		report.page.set_title(__("Clearing Account"));
	},
	filters: [
		{
			fieldname: "account",
			label: __("Clearing Account"),
			fieldtype: "Link",
			options: "Account",
			get_query: () => ({ filters: { is_group: 0 } }),
		},
		{
			fieldname: "day",
			label: __("Until"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
};
