// Orders in other currencies, in the form of a WooCommerce Store: how they are booked, and ERPNext's setting for it.

frappe.provide("jarz_woocommerce");

frappe.ui.form.on("WooCommerce Store", {
	refresh(frm) {
		show_currencies(frm);
	},
});

async function show_currencies(frm) {
	const { $wrapper } = frm.get_field("currencies_html");
	$wrapper.empty();
	if (frm.is_new() || !jarz_woocommerce.can_manage()) return;
	const found = await jarz_woocommerce.call("store.currencies", { store: frm.doc.name });
	$wrapper.empty().append(
		jarz_woocommerce.paragraph(setting_in_words(found), "text-muted small"),
		found.findings.map(jarz_woocommerce.finding_line)
	);
	if (!found.allows_one && found.may_allow) {
		$wrapper.append(allow_button(frm, found));
	}
}

function setting_in_words({ allows_one, company_currency, setting }) {
	if (allows_one) {
		return __(
			"ERPNext books invoices of all currencies to one receivable account in {0}: a customer may buy in any currency. A row without a receivable account uses the store's.",
			[company_currency]
		);
	}
	return __(
		"Each currency needs a receivable account of its own, because {0} is off in Accounts Settings. A person who buys in two currencies then needs two customers.",
		[__(setting)]
	);
}

function allow_button(frm, found) {
	return $("<button class='btn btn-default btn-sm mb-3'>")
		.text(__("Allow One Receivable Account"))
		.on("click", () => confirm_one_receivable(frm, found));
}

function confirm_one_receivable(frm, { setting, company_currency }) {
	const question = __(
		"{0} is switched on in Accounts Settings, for the whole site. From then on invoices in any currency may be booked to a receivable account in {1}. What is booked already stays as it is.",
		[__(setting), company_currency]
	);
	frappe.confirm(question, async () => {
		await jarz_woocommerce.call("store.allow_one_receivable", { store: frm.doc.name }, __("Saving"));
		frappe.show_alert({ message: __("Switched on."), indicator: "green" });
		frm.reload_doc();
	});
}
