// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.listview_settings["WooCommerce Item Link"] = {
	hide_name_column: true,

	// 0 says that there is none: a product without variations, or an item that is known by its SKU alone
	formatters: {
		product_id: (value) => value || "",
		variation_id: (value) => value || "",
	},

	onload(listview) {
		listview.page.set_title(__("Item Links"));
	},
};
