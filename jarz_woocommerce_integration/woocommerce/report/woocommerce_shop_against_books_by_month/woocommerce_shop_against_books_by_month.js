// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Shop against Books by Month"] = {
	onload(report) {
		report.page.set_title(__("Shop against Books by Month"));
	},
	filters: [
		{
			fieldname: "store",
			label: __("Store"),
			fieldtype: "Link",
			options: "WooCommerce Store",
			reqd: 1,
			default: frappe.boot.woocommerce_default_store,
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.month_end(),
			reqd: 1,
		},
	],
};
