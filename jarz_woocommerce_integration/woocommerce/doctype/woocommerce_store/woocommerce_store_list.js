// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.listview_settings["WooCommerce Store"] = {
	add_fields: ["enabled"],
	hide_name_column: true,

	get_indicator(doc) {
		return doc.enabled
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Disabled"), "gray", "enabled,=,0"];
	},
};
