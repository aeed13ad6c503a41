// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Sync Run", {
	setup(frm) {
		jarz_woocommerce.times(frm, { before_gmt: __("Orders before") });
	},

	refresh(frm) {
		if (frm.is_new()) return;
		jarz_woocommerce.name_zone(frm);
		frm.page.set_title(__("{0} {1}", [__(frm.doc.kind), frm.doc.name]));
		frm.disable_save(); // the run writes itself
		jarz_woocommerce.run_progress.show(frm);
		show_suspects(frm);
		show_kinds(frm);
		show_kept(frm);
		jarz_woocommerce.proof.show(frm, "verification_html");
		show_asked(frm);
		show_error(frm);
		add_links(frm);
	},
});

/** What the run was started with; what isn't given is the whole of it. */
function show_asked(frm) {
	const asked = JSON.parse(frm.doc.parameters || "{}");
	const window = [
		asked.after && __("after {0}", [jarz_woocommerce.moment_text(asked.after)]),
		asked.before && __("before {0}", [jarz_woocommerce.moment_text(asked.before)]),
	].filter(Boolean);
	frm.get_field("asked_html")
		.$wrapper.empty()
		.append(
			jarz_woocommerce.facts([
				[__("Orders made"), window.join(", ") || __("all")],
				[__("In status"), (asked.statuses || []).join(", ") || __("any")],
				[__("Orders a page"), asked.page_size],
				[__("Read everything again"), asked.read_all ? __("Yes") : ""],
			])
		);
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

// --- what was booked in bulk as a kind that has failed since ---

async function show_suspects(frm) {
	const field = frm.get_field("suspects_html");
	field.$wrapper.empty();
	frm.toggle_display("suspects_html", false);
	const has_failed = Object.keys(JSON.parse(frm.doc.bulk_report || "{}").fell_back || {}).length;
	if (!has_failed) return;
	const run = frm.doc.name;
	const { count, orders } = await jarz_woocommerce.read("run.suspects", { run });
	if (!count || frm.doc.name !== run) return;
	frm.toggle_display("suspects_html", true);
	const invoice_link = (row) => jarz_woocommerce.document_link("Sales Invoice", row.invoice);
	field.$wrapper.empty().append(
		jarz_woocommerce.paragraph(
			__("Booked as a kind that has failed since: {0} orders. Book Anew books them as documents.", [
				format_number(count, null, 0),
			]),
			"text-danger mb-1"
		),
		jarz_woocommerce.table(
			[
				{ label: __("Order", null, "WooCommerce"), value: (row) => String(row.order_id) },
				{ label: __("Invoice"), value: invoice_link },
				{ label: __("Kind"), value: (row) => row.kind },
				{ label: __("Reason"), value: (row) => row.why },
			],
			orders
		)
	);
	if (count > orders.length)
		field.$wrapper.append(
			jarz_woocommerce.paragraph(__("and {0} more", [count - orders.length]), "text-muted small")
		);
}

// --- the kinds of rows that were written, and what each was tried with ---

function show_kinds(frm) {
	const field = frm.get_field("kinds_html");
	field.$wrapper.empty();
	const kinds = Object.values(JSON.parse(frm.doc.bulk_report || "{}").kinds || {});
	frm.toggle_display("kinds_html", kinds.length > 0);
	if (!kinds.length) return;
	kinds.sort((one, other) => other.written - one.written);
	const number = (value) => format_number(value, null, 0);
	const tried = (name) => (row) => (row.tried[name] || []).join("; ");
	const table = jarz_woocommerce.table(
		[
			{ label: __("Kind"), value: (row) => row.kind },
			{ label: __("Written"), value: (row) => number(row.written), numeric: true },
			{ label: __("Compared"), value: (row) => number(row.compared), numeric: true },
			{ label: __("Dates"), value: tried("date") },
			{ label: __("Amounts"), value: tried("amount") },
			{ label: __("Quantities"), value: tried("quantity") },
			{
				label: __("Customers"),
				value: (row) => number((row.tried.customer || []).length),
				numeric: true,
			},
			{ label: __("Items"), value: tried("item") },
		],
		kinds
	);
	field.$wrapper.append(
		$("<details class='small'>").append(
			$("<summary>").text(
				__("Kinds of rows, and the first values that each was compared with: {0}", [
					number(kinds.length),
				])
			),
			table
		)
	);
}

// --- what an undo has kept ---

const SHOWN_KEPT = 200;

function show_kept(frm) {
	const kept = JSON.parse(frm.doc.kept_documents || "[]");
	frm.toggle_display("kept_html", kept.length > 0);
	const field = frm.get_field("kept_html");
	field.$wrapper.empty();
	if (!kept.length) return;
	const link = ({ doctype, name }) => jarz_woocommerce.document_link(doctype, name);
	field.$wrapper.append(
		jarz_woocommerce.paragraph(
			__("Kept, because somebody has changed or used them since"),
			"text-muted small mb-1"
		),
		jarz_woocommerce.table(
			[
				{ label: __("Document"), value: ({ doctype }) => __(doctype) },
				{ label: __("Name"), value: link },
				{ label: __("Reason"), value: ({ reason }) => __(reason) },
			],
			kept.slice(0, SHOWN_KEPT)
		)
	);
	const more = kept.length - SHOWN_KEPT;
	if (more > 0)
		field.$wrapper.append(jarz_woocommerce.paragraph(__("and {0} more", [more]), "text-muted small"));
}
