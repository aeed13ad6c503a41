// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const STATUS_COLORS = {
	Reading: "blue",
	Planned: "green",
	Applying: "blue",
	Applied: "green",
	Undoing: "purple",
	Undone: "gray",
	Failed: "red",
	Replaced: "gray",
};

frappe.listview_settings["WooCommerce Product Import"] = {
	add_fields: ["status"],
	hide_name_column: true,

	get_indicator(doc) {
		return [__(doc.status), STATUS_COLORS[doc.status] || "gray", `status,=,${doc.status}`];
	},

	onload(listview) {
		listview.page.set_title(__("Product Imports"));
	},
};
