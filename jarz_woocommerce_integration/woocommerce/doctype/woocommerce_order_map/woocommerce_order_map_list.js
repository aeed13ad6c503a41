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

// A choice of reasons instead of a text; what is stored are their codes, which the messages of the Desk translate.
const REASON = frappe.meta.get_docfield("WooCommerce Order Map", "reason");
const REASONS = frappe.boot.woocommerce_reasons;
if (REASONS && REASON.fieldtype === "Data") {
	REASON.fieldtype = "Select";
	REASON.options = ["", ...Object.keys(REASONS)].join("\n");
	for (const [code, words] of Object.entries(REASONS)) {
		if (/[_-]/.test(code)) frappe._messages[code] = words;
	}
}

frappe.listview_settings["WooCommerce Order Map"] = {
	add_fields: ["state", "currency", "customer_name"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return [__(doc.state), STATE_COLORS[doc.state] || "gray", `state,=,${doc.state}`];
	},

	formatters: {
		// The subject of a row; the list escapes it.
		order_number: (value, df, doc) => jarz_woocommerce.beside(value, doc.customer_name),
		total: (value, df, doc) =>
			frappe.utils.escape_html(jarz_woocommerce.money(value, doc.currency || "")),
		created_gmt: (value) => jarz_woocommerce.utc_day(value),
		reason: (value) => frappe.utils.escape_html(jarz_woocommerce.words(value)),
	},

	onload(listview) {
		listview.page.set_title(__("Orders", null, "WooCommerce"));
		rename_column(listview, "created_gmt", __("Ordered"));
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Sync Again"), () => sync_checked(listview), true);
		listview.page.add_actions_menu_item(
			__("Free Held Orders"),
			() => jarz_woocommerce.held.open(listview.get_checked_items(true), () => listview.refresh()),
			true
		);
	},
};

/** In the list, the day is the user's own. */
function rename_column(listview, fieldname, label) {
	for (const column of listview.columns) {
		if (column.df?.fieldname === fieldname) column.df = { ...column.df, label };
	}
	listview.render_header(true);
}

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
