// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Item Link", {
	refresh(frm) {
		jarz_woocommerce.offer_choices(frm);
	},
});
