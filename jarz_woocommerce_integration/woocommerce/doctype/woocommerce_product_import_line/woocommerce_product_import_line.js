// Copyright (c) 2026, Jarz and contributors
// For license information, please see license.txt

frappe.ui.form.on("WooCommerce Product Import Line", {
	setup(frm) {
		// A template is no product that is sold, and a product that is sold is no template.
		frm.set_query("item", () => ({ filters: { has_variants: frm.doc.kind === "Template" ? 1 : 0 } }));
	},

	refresh(frm) {
		jarz_woocommerce.offer_choices(frm);
		if (frm.is_new()) return;
		show_draft(frm);
		const is_open = ["Open", "Refused"].includes(frm.doc.state);
		if (!is_open) frm.disable_form();
		if (!is_open || !jarz_woocommerce.can_manage() || frm.doc.action === "Leave") return;
		frm.add_custom_button(__("Approve"), async () => {
			if (frm.is_dirty()) await frm.save();
			await jarz_woocommerce.call("products.approve_lines", {
				product_import: frm.doc.product_import,
				lines: [frm.doc.name],
			});
			frm.reload_doc();
		});
	},
});

function show_draft(frm) {
	const field = frm.get_field("draft_html");
	field.$wrapper.empty();
	if (!frm.doc.draft) return;
	const draft = JSON.parse(frm.doc.draft);
	const yes_or_no = (value) => (value ? __("Yes") : __("No"));
	const day = (value) => value && frappe.datetime.str_to_user(value);
	const price = ({ rate, sale, valid_from, valid_upto }) =>
		[
			jarz_woocommerce.money(rate, frm.doc.__onload?.currency || ""),
			sale ? __("sale") : "",
			day(valid_from),
			valid_upto && `– ${day(valid_upto)}`,
		]
			.filter(Boolean)
			.join(" ");
	field.$wrapper.append(
		jarz_woocommerce.facts([
			[__("Item Name"), draft.name],
			[__("Item Group"), draft.groups.join(" › ") || __("That of the store")],
			[__("Maintain Stock"), yes_or_no(draft.is_stock_item)],
			[
				__("Attributes"),
				draft.attributes.map((each) => `${each.name}: ${each.values.join(", ")}`).join("; "),
			],
			[__("Barcode"), [draft.barcode, draft.barcode_type].filter(Boolean).join(" ")],
			[__("Item Tax Template"), draft.tax_template],
			[__("Prices"), draft.prices.map(price).join("; ")],
			[__("Parts"), draft.parts.map((part) => `${part.quantity} × ${part.product_id}`).join("; ")],
			[__("Image"), draft.image],
			[__("Description"), text_of(draft.description)],
		])
	);
}

/** What people read of HTML; nothing of it is loaded. */
function text_of(html) {
	return new DOMParser().parseFromString(html || "", "text/html").body.textContent;
}
