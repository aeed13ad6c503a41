// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Sync Run", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.page.set_title(__("{0} {1}", [__(frm.doc.kind), frm.doc.name]));
		frm.disable_save(); // the run writes itself
		show_counters(frm);
		jarz_woocommerce.proof.show(frm, "verification_html");
		show_error(frm);
		add_links(frm);
	},
});

const COUNTERS = [
	["booked", "green"],
	["updated", "green"],
	["unchanged", "gray"],
	["changed", "orange"],
	["held", "orange"],
	["failed", "red"],
	["skipped", "gray"],
	["cancelled", "darkgrey"],
];

/** What became of the orders; counters that are 0 say nothing. */
function show_counters(frm) {
	const orders = format_number(frm.doc.orders || 0, null, 0);
	frm.dashboard.add_indicator(__("{0} orders in {1} pages", [orders, frm.doc.pages || 0]), "blue");
	for (const [name, color] of COUNTERS) {
		if (!frm.doc[name]) continue;
		const label = __(frappe.meta.get_label(frm.doctype, name));
		frm.dashboard.add_indicator(`${label}: ${format_number(frm.doc[name], null, 0)}`, color);
	}
}

function show_error(frm) {
	if (frm.doc.last_error && frm.doc.status !== "Completed") {
		frm.dashboard.set_headline(frappe.utils.escape_html(frm.doc.last_error), "red");
	}
}

function add_links(frm) {
	const open = (state) =>
		frappe.set_route("List", "WooCommerce Order Map", { store: frm.doc.store, state });
	if (frm.doc.held) frm.add_custom_button(__("Held Orders"), () => open("Held"), __("View"));
	if (frm.doc.failed) frm.add_custom_button(__("Failed Orders"), () => open("Failed"), __("View"));
	frm.add_custom_button(
		__("Orders of This Run"),
		() => frappe.set_route("List", "WooCommerce Order Map", { run: frm.doc.name }),
		__("View")
	);
	frm.add_custom_button(
		__("Pages"),
		() => frappe.set_route("List", "WooCommerce Sync Page", { run: frm.doc.name }),
		__("View")
	);
}
