// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const STATUS_COLORS = {
	Running: "blue",
	Completed: "green",
	Paused: "orange",
	Stopped: "orange",
	Failed: "red",
	Replaced: "gray",
	Undoing: "purple",
	Undone: "gray",
};

frappe.listview_settings["WooCommerce Sync Run"] = {
	add_fields: ["status", "proven"],

	get_indicator(doc) {
		// What has happened since, the form says.
		const status =
			doc.status === "Completed" && doc.proven ? __("Completed, Proven Then") : __(doc.status);
		return [status, STATUS_COLORS[doc.status] || "gray", `status,=,${doc.status}`];
	},

	onload(listview) {
		listview.page.set_title(__("Runs"));
	},
};
