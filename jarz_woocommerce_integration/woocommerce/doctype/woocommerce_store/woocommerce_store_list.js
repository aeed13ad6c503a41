// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.listview_settings["WooCommerce Store"] = {
	add_fields: ["enabled", "check_level"],
	hide_name_column: true,

	get_indicator(doc) {
		if (!doc.enabled) return [__("Disabled"), "gray", "enabled,=,0"];
		if (doc.check_level === "error") return [__("Check Failed"), "red", "check_level,=,error"];
		return [__("Enabled"), "green", "enabled,=,1"];
	},

	onload(listview) {
		listview.page.set_title(__("Stores", null, "WooCommerce"));
	},
};
