// "Preview an Order" of a WooCommerce Store: what one order would become in the books, or why it wouldn't.

frappe.provide("jarz_woocommerce.preview");

jarz_woocommerce.preview.ask = function (store) {
	const field = { fieldname: "order_id", fieldtype: "Data", label: __("Order Id"), reqd: 1 };
	field.description = __("The number in the order's address in the shop's admin. Nothing is booked.");
	const answered = async ({ order_id }) => {
		const preview = await jarz_woocommerce.call(
			"store.preview_order",
			{ store, order_id },
			__("Reading the order from the store")
		);
		jarz_woocommerce.preview.show(preview);
	};
	frappe.prompt([field], answered, __("Preview an Order"), __("Preview"));
};

jarz_woocommerce.preview.show = function (preview) {
	const parts = preview.outcome === "draft" ? draft_parts(preview) : refusal_parts(preview);
	jarz_woocommerce.show(__("Order {0}", [preview.order.number]), [booked_note(preview.booked), ...parts], {
		size: "extra-large",
	});
};

function booked_note(booked) {
	if (!booked || !booked.invoice) return null;
	const text = __("Booked already as {0} ({1}). Below is what it would become today.", [
		booked.invoice,
		__(booked.invoice_status),
	]);
	return jarz_woocommerce.finding("blue", text);
}

// --- an order that would be booked ---

function draft_parts(preview) {
	const { currency } = preview.order;
	return [
		about_order(preview),
		...about_customer(preview.customer, preview),
		...about_items(preview),
		...(preview.payments.length ? preview.payments : [null]).flatMap((payment) =>
			about_payment(payment, currency)
		),
		...about_fields(preview.fields),
		...preview.findings.map((message) => jarz_woocommerce.finding("orange", message)),
		...preview.credit_notes.flatMap((note) => about_credit_note(note, currency)),
	];
}

function about_order(preview) {
	const { order, action, invoice, addresses, delivery, coupons, remarks } = preview;
	return jarz_woocommerce.facts([
		[__("Status in Store"), order.status],
		[__("Becomes"), jarz_woocommerce.words(action)],
		[invoice.is_return ? __("Credit Note") : __("Sales Invoice"), invoice.name],
		[__("Posted"), local_time(invoice.posted_at)],
		...addresses.map((address) => [__("{0} Address", [__(address.kind)]), address_line(address)]),
		[__("Payment Terms"), preview.payment_terms],
		[__("Delivery Note"), preview.delivery_note && __(preview.delivery_note)],
		[__("Delivery"), delivery.text || [delivery.day, delivery.slot].filter(Boolean).join(", ")],
		[__("Coupons"), coupons.join(", ")],
		[__("Remarks"), remarks],
	]);
}

function address_line(address) {
	const parts = [address.name, ...address.lines, address.postcode, address.city, address.country];
	return jarz_woocommerce.in_line([...parts, territory_of(address)]);
}

function territory_of({ territory, territory_code }) {
	if (territory) return __("territory {0}", [territory]);
	return territory_code ? __("zone {0} without a territory", [territory_code]) : "";
}

const DECISIONS = {
	known: __("Known"),
	new: __("New", null, "WooCommerce"),
	linked: __("Known, and linked to an account now"),
};

function about_customer(customer, preview) {
	return [
		jarz_woocommerce.heading(__("Customer")),
		jarz_woocommerce.facts([
			[__("Name"), customer.name],
			[__("Contact", null, "WooCommerce"), customer.person === customer.name ? "" : customer.person],
			[__("VAT Number"), preview.vat_number],
			[__("VAT Exempt"), preview.vat_exempt ? __("Yes") : ""],
			[__("Tax ID to add"), customer.tax_id],
			[__("Is", null, "WooCommerce"), DECISIONS[customer.decision] || customer.decision],
			[__("Found by"), jarz_woocommerce.evidence(customer.evidence)],
			[__("Note", null, "WooCommerce"), customer.note],
			[__("E-mail"), customer.emails.join(", ")],
			[__("Phone"), customer.phones.join(", ")],
		]),
		customer.ambiguous
			? jarz_woocommerce.finding("orange", __("Read the note: a person must check the customer."))
			: null,
	];
}

function about_items({ invoice, order, new_items }) {
	const { currency } = order;
	return [
		jarz_woocommerce.heading(__("Items")),
		item_table(invoice.rows, currency),
		...charge_parts(invoice.charges, currency),
		new_items.length ? new_items_note(new_items) : null,
		sum_finding(invoice, order),
	];
}

function about_fields(fields) {
	if (!fields.length) return [];
	return [
		jarz_woocommerce.heading(__("Your Own Fields")),
		jarz_woocommerce.table(
			[
				{ label: __("Document"), value: (row) => __(row.document) },
				{ label: __("Line"), value: (row) => row.line || "" },
				{ label: __("Field"), value: (row) => `${__(row.label)} (${row.field})` },
				{ label: __("Value"), value: (row) => row.value },
			],
			fields
		),
	];
}

function item_table(rows, currency) {
	const money = (amount) => jarz_woocommerce.money(amount, currency);
	return jarz_woocommerce.table(
		[
			{ label: __("Item"), value: item_code },
			{ label: __("Name"), value: (row) => row.item_name },
			{ label: __("Quantity"), value: (row) => flt(row.quantity), numeric: true },
			{ label: __("Rate", null, "WooCommerce"), value: (row) => money(row.rate), numeric: true },
			{ label: __("Amount", null, "WooCommerce"), value: (row) => money(row.amount), numeric: true },
		],
		rows
	);
}

/** A row whose item isn't known carries the placeholder's code. */
function item_code(row) {
	return row.unknown ? __("{0} (unknown item)", [row.item_code]) : row.item_code;
}

function charge_parts(charges, currency) {
	if (!charges.length) return [];
	const columns = [
		{ label: __("Charge"), value: (row) => jarz_woocommerce.words(row.kind) },
		{ label: __("Description"), value: (row) => row.description },
		{ label: __("Account"), value: (row) => row.account },
		{
			label: __("Amount", null, "WooCommerce"),
			value: (row) => jarz_woocommerce.money(row.amount, currency),
			numeric: true,
		},
	];
	return [jarz_woocommerce.heading(__("Taxes and Charges")), jarz_woocommerce.table(columns, charges)];
}

function new_items_note(items) {
	const codes = items.map((item) => item.code).join(", ");
	return jarz_woocommerce.finding("blue", __("Items that would be made: {0}.", [codes]));
}

function sum_finding(invoice, order) {
	const sum = jarz_woocommerce.money(invoice.sum, order.currency);
	const total = jarz_woocommerce.money(order.total, order.currency);
	return flt(invoice.sum, 4) === flt(order.total, 4)
		? jarz_woocommerce.finding("green", __("The sum of the lines is {0}, as the order's total.", [sum]))
		: jarz_woocommerce.finding(
				"red",
				__("The sum of the lines is {0}, the order's total {1}.", [sum, total])
		  );
}

function about_payment(payment, currency) {
	const heading = jarz_woocommerce.heading(__("Payment"));
	if (!payment) {
		return [heading, jarz_woocommerce.paragraph(__("None: the invoice stays outstanding."), "small")];
	}
	return [heading, payment_facts(payment, currency)];
}

function payment_facts(payment, currency) {
	return jarz_woocommerce.facts([
		[__("Amount", null, "WooCommerce"), jarz_woocommerce.money(payment.amount, currency)],
		[__("Gateway"), payment.gateway],
		[__("Mode of Payment"), payment.mode_of_payment],
		[__("Account"), payment.account],
		[__("Paid"), local_time(payment.paid_at)],
		[__("Reference"), payment.reference],
		[__("Fee"), flt(payment.fee) ? jarz_woocommerce.money(payment.fee, currency) : ""],
	]);
}

function about_credit_note(note, currency) {
	const repaid = note.repayment;
	return [
		jarz_woocommerce.heading(__("Credit Note of Refund {0}", [note.refund_id])),
		jarz_woocommerce.facts([
			[__("Posted"), local_time(note.posted_at)],
			[__("Reason"), note.reason],
			[__("Total", null, "WooCommerce"), jarz_woocommerce.money(note.total, currency)],
			[__("Repaid"), repaid ? jarz_woocommerce.money(repaid.amount, currency) : __("No")],
		]),
		note.rows.length ? item_table(note.rows, currency) : null,
		...charge_parts(note.charges, currency),
	];
}

function local_time(moment) {
	return moment ? frappe.datetime.str_to_user(moment) : "";
}

// --- an order that wouldn't ---

const REFUSALS = {
	hold: ["orange", __("Would be held")],
	skip: ["gray", __("Would be skipped")],
	cancel: ["darkgrey", __("Was cancelled in the store")],
	failure: ["red", __("Can't be read")],
};

function refusal_parts({ order, outcome, reason, message, what_to_do, breakdown }) {
	const [color, text] = REFUSALS[outcome] || ["gray", jarz_woocommerce.words(outcome)];
	return [
		jarz_woocommerce.finding(color, `${text}: ${jarz_woocommerce.words(reason)}`),
		jarz_woocommerce.facts([
			[__("Status in Store"), order.status],
			[__("Total", null, "WooCommerce"), jarz_woocommerce.money(order.total, order.currency)],
			[__("What Is Wrong"), message],
			[__("What to Do"), what_to_do],
		]),
		breakdown.length ? jarz_woocommerce.breakdown(breakdown.map(pair), order.currency) : null,
	];
}

function pair({ label, amount }) {
	return [label, amount];
}
