// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Product Import", {
	setup(frm) {
		jarz_woocommerce.times(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		jarz_woocommerce.name_zone(frm);
		frm.page.set_title(__("Product Import {0}", [frm.doc.name]));
		frm.disable_save(); // the import writes itself
		jarz_woocommerce.products.show(frm);
	},
});
