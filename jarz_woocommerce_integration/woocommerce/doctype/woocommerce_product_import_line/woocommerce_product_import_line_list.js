// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

const LINE_COLORS = {
	Matched: "green",
	New: "blue",
	Conflict: "orange",
	Ignored: "gray",
	Approved: "yellow",
	Done: "green",
	Refused: "red",
	Undone: "gray",
	Kept: "purple",
};

frappe.listview_settings["WooCommerce Product Import Line"] = {
	add_fields: ["found", "state", "product_import", "reason_parts"],
	hide_name_column: true,

	// It is stored in English.
	formatters: {
		reason(value, _field, { reason_parts }) {
			const [template, ...values] = JSON.parse(reason_parts || "[]");
			const text = frappe.utils.unescape_html(
				strip_html(template ? __(template, values) : value || "")
			);
			const shown = frappe.utils.escape_html(text);
			return `<span class="ellipsis" title="${shown}">${shown}</span>`;
		},
	},

	/** What was found, until something is done with it. */
	get_indicator(doc) {
		const field = doc.state === "Open" ? "found" : "state";
		return [
			__(doc[field], null, "WooCommerce"),
			LINE_COLORS[doc[field]] || "gray",
			`${field},=,${doc[field]}`,
		];
	},

	onload(listview) {
		listview.page.set_title(__("Products of the Shop"));
		if (!jarz_woocommerce.can_manage()) return;
		listview.page.add_actions_menu_item(__("Approve"), () => approve(listview), true);
		for (const action of ["Create", "Link", "Leave"]) {
			const label = {
				Create: __("Create Items"),
				Link: __("Link Suggested Items"),
				Leave: __("Leave"),
			}[action];
			listview.page.add_actions_menu_item(label, () => correct(listview, action), true);
		}
	},
};

async function approve(listview) {
	const by_import = new Map();
	for (const { name, product_import } of listview.get_checked_items()) {
		by_import.set(product_import, [...(by_import.get(product_import) || []), name]);
	}
	for (const [product_import, lines] of by_import) {
		const count = await jarz_woocommerce.call(
			"products.approve_lines",
			{ product_import, lines },
			__("Starting")
		);
		const message = __("Lines that are approved: {0}", [format_number(count, null, 0)]);
		frappe.show_alert({ message, indicator: "green" });
	}
	refresh(listview);
}

async function correct(listview, action) {
	const lines = listview.get_checked_items(true);
	const count = await jarz_woocommerce.call("products.correct_lines", { lines, action }, __("Saving"));
	const message = __("Lines that are corrected: {0}", [format_number(count, null, 0)]);
	frappe.show_alert({ message, indicator: "green" });
	refresh(listview);
}

function refresh(listview) {
	listview.clear_checked_items();
	listview.refresh();
}
