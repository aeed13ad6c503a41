// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Sync Run", {
	refresh(frm) {
		if (frm.is_new()) return;
		frm.page.set_title(__("{0} {1}", [__(frm.doc.kind), frm.doc.name]));
		frm.disable_save(); // the run writes itself
		jarz_woocommerce.run_progress.show(frm);
		show_kept(frm);
		jarz_woocommerce.proof.show(frm, "verification_html");
		show_error(frm);
		add_links(frm);
	},
});

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

// --- what an undo has kept ---

const SHOWN_KEPT = 200;

function show_kept(frm) {
	const kept = JSON.parse(frm.doc.kept_documents || "[]");
	frm.toggle_display("kept_html", kept.length > 0);
	const field = frm.get_field("kept_html");
	field.$wrapper.empty();
	if (!kept.length) return;
	const link = ({ doctype, name }) =>
		$("<a style='text-decoration: underline'>")
			.attr("href", frappe.utils.get_form_link(doctype, name))
			.text(name);
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
