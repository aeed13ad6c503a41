// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Sync Run", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.page.set_title(__("{0} {1}", [__(frm.doc.kind), frm.doc.name]));
		frm.disable_save(); // the run writes itself
		show_counters(frm);
		show_verification(frm);
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

// --- the proof ---

const SHOWN_DIFFERENCES = 50;

function show_verification(frm) {
	const field = frm.get_field("verification_html");
	field.$wrapper.empty();
	frm.toggle_display("verification_html", Boolean(frm.doc.verification));
	if (frm.doc.verification) field.$wrapper.append(verification_of(JSON.parse(frm.doc.verification)));
}

function verification_of(verification) {
	const differences = verification.differences || [];
	const told = Object.entries(verification).filter(
		([name, value]) => typeof value !== "object" && name !== "proven" // which is a field of the run
	);
	return [
		jarz_woocommerce.facts(told.map(([name, value]) => [jarz_woocommerce.words(name), fact(value)])),
		differences.length ? differences_table(differences) : null,
	].filter(Boolean);
}

function fact(value) {
	return typeof value === "boolean" ? (value ? __("Yes") : __("No")) : String(value);
}

function differences_table(differences) {
	const table = jarz_woocommerce.table(
		[
			{ label: __("Order"), value: (row) => row.order_id || "" },
			{ label: __("Difference"), value: (row) => jarz_woocommerce.words(row.kind) },
			{ label: __("What"), value: (row) => row.message },
			{ label: __("Explained"), value: (row) => fact(Boolean(row.explained)) },
		],
		differences.slice(0, SHOWN_DIFFERENCES)
	);
	const more = differences.length - SHOWN_DIFFERENCES;
	if (more > 0) table.append(jarz_woocommerce.paragraph(__("and {0} more", [more]), "text-muted small"));
	return table;
}
