// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Outbox", {
	refresh(frm) {
		frm.disable_save(); // the rows are the outbox's own
		if (frm.doc.state === "Awaiting Approval") show_approval(frm);
		if (frm.doc.state !== "Given Up" || !jarz_woocommerce.can_manage()) return;
		frm.dashboard.set_headline(frappe.utils.escape_html(frm.doc.last_error || __("Given Up")), "red");
		frm.add_custom_button(__("Send Again"), async () => {
			await jarz_woocommerce.send_again([frm.doc.name]);
			frm.reload_doc();
		});
	},
});

function show_approval(frm) {
	frm.dashboard.set_headline(frappe.utils.escape_html(frm.doc.last_error || ""), "orange");
	if (!jarz_woocommerce.can_approve()) return;
	frm.add_custom_button(__("Approve"), async () => {
		await jarz_woocommerce.approve_refunds([frm.doc.name]);
		frm.reload_doc();
	});
}
