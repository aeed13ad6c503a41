// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

// frappe.ui.form.on("WooCommerce Customer Decision", {
// 	refresh(frm) {

// 	},
// });
