// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const STATE_COLORS = {
	Synced: "green",
	Skipped: "gray",
	Held: "orange",
	Failed: "red",
	Cancelled: "darkgrey",
	"Deleted in Store": "purple",
};

frappe.listview_settings["WooCommerce Order Map"] = {
	add_fields: ["state", "currency", "customer_name"],
	hide_name_column: true,

	get_indicator(doc) {
		return [__(doc.state), STATE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	formatters: {
		// The subject of a row; the list escapes it.
		order_number: (value, df, doc) => [value, doc.customer_name].filter(Boolean).join(" \u00b7 "),
		reason: (value) => frappe.utils.escape_html(jarz_woocommerce.words(value)),
	},

	onload(listview) {
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Sync Again"), () => sync_checked(listview), true);
	},
};

async function sync_checked(listview) {
	const names = listview.get_checked_items(true);
	const results = await jarz_woocommerce.call(
		"order_map.sync_again",
		{ names },
		__("Reading {0} orders from the store", [names.length])
	);
	jarz_woocommerce.show_synced(results);
	listview.clear_checked_items();
	listview.refresh();
}
