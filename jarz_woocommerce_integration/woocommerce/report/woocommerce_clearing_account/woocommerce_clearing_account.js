// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Clearing Account"] = {
	onload(report) {
		report.page.set_title(__("Clearing Account"));
		// On a phone Frappe cuts it at a quarter of the width.
		report.page.$title_area.find(".title-text").css({ maxWidth: "min(100vw - 90px, 480px)" });
	},
	// Who has our roles alone may not list what these link to, and chooses by name.
	filters: [
		{
			fieldname: "account",
			label: __("Clearing Account"),
			fieldtype: "Link",
			options: "Account",
			get_query: () => ({
				filters: { is_group: 0 },
				...(frappe.model.can_read("Account")
					? {}
					: { query: "jarz_woocommerce_integration.api.store.choices" }),
			}),
			ignore_link_validation: true,
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
