// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Customer Decision", {
	refresh(frm) {
		frm.disable_save(); // the sync writes it
		const candidates = JSON.parse(frm.doc.candidates || "[]");
		frm.toggle_display("candidates_html", candidates.length > 0);
		frm.get_field("candidates_html")
			.$wrapper.empty()
			.append(
				jarz_woocommerce.paragraph(
					__("All customers that the order may belong to"),
					"text-muted small mb-1"
				),
				candidates.map((customer) =>
					$("<div>").append(jarz_woocommerce.document_link("Customer", customer))
				)
			);
	},
});
