// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const PAGE_COLORS = {
	Planned: "gray",
	Queued: "light-blue",
	Running: "blue",
	Done: "green",
	Retry: "orange",
	Failed: "red",
};

frappe.listview_settings["WooCommerce Sync Page"] = {
	add_fields: ["state"],

	get_indicator(doc) {
		return [__(doc.state), PAGE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	onload(listview) {
		listview.page.set_title(__("Pages"));
	},
};
