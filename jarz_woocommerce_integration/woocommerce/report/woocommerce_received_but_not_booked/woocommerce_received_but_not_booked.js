// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.query_reports["WooCommerce Received but not Booked"] = {
	onload(report) {
		report.page.set_title(__("Received but not Booked"));
		// On a phone Frappe cuts it at a quarter of the width.
		report.page.$title_area.find(".title-text").css({ maxWidth: "min(100vw - 90px, 480px)" });
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
