// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Tax by Rate and Country"] = {
	onload(report) {
		report.page.set_title(__("Tax by Rate and Country"));
		// On a phone Frappe cuts it at a quarter of the width.
		report.page.$title_area.find(".title-text").css({ maxWidth: "min(100vw - 90px, 480px)" });
	},
	// Who has our roles alone may not list what these link to, and chooses by name.
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			get_query: () =>
				frappe.model.can_read("Company")
					? {}
					: { query: "jarz_woocommerce_integration.api.store.choices" },
			ignore_link_validation: true,
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		{
			fieldname: "store",
			label: __("Store"),
			fieldtype: "Link",
			options: "WooCommerce Store",
			get_query: () => ({ filters: { company: frappe.query_report.get_filter_value("company") } }),
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -1),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.month_start(), -1),
			reqd: 1,
		},
		{
			fieldname: "currency",
			label: __("Only Orders in"),
			fieldtype: "Link",
			options: "Currency",
			get_query: () =>
				frappe.model.can_read("Currency")
					? {}
					: { query: "jarz_woocommerce_integration.api.store.choices" },
			ignore_link_validation: true,
			description: __("Amounts are then in that currency, else in the company's"),
		},
	],
};
