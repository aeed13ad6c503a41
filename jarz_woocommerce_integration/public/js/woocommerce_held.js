// "Free Held Orders": what would free them, one or many at once.

frappe.provide("jarz_woocommerce.held");

const STATUS_ACTIONS = [
	"Submit and Pay",
	"Submit",
	"Draft",
	"Sales Order",
	"Sales Order (Draft)",
	"Cancel",
	"Ignore",
];
const HAND_DOCUMENTS = ["Sales Invoice", "Journal Entry", "Payment Entry"];

/** @param {Array} names of Order Map rows; @param {Function} done is called after something was booked */
jarz_woocommerce.held.open = async function (names, done) {
	const found = await jarz_woocommerce.call("order_map.held", { names }, __("One moment"));
	if (!found.count) {
		frappe.show_alert({ message: __("None of these orders is held."), indicator: "orange" });
		return;
	}
	const dialog = jarz_woocommerce.show(__("Free Held Orders: {0}", [found.count]), []);
	const act = async (method, args) => {
		const results = await jarz_woocommerce.call(
			`order_map.${method}`,
			{ names, ...args },
			__("Booking the orders")
		);
		dialog.hide();
		jarz_woocommerce.show_synced(results);
		done();
	};
	dialog.$body.append(
		[
			free_by_items(found.items, act),
			free_by_statuses(found.statuses, act),
			...found.differences.map((difference) => free_by_decision(difference, act)),
			...found.others.map(free_by_hint),
			free_by_hand(act),
		].filter(Boolean)
	);
};

const in_orders = (count) =>
	count === 1 ? __("1 order") : __("{0} orders", [format_number(count, null, 0)]);

function free_section(title, text, parts, button) {
	return $("<div class='mb-4'>").append(
		jarz_woocommerce.heading(title),
		text ? jarz_woocommerce.paragraph(text, "text-muted small") : null,
		parts,
		button
	);
}

function free_button(label, act) {
	return $("<button type='button' class='btn btn-primary btn-sm'>").text(label).on("click", act);
}

function control($parent, df) {
	const made = frappe.ui.form.make_control({ parent: $parent, df, render_input: true, only_input: true });
	made.refresh();
	return made;
}

// --- lines without an item ---

function free_by_items(lines, act) {
	if (!lines.length) return null;
	const chosen = new Map();
	const item_field = (line) => {
		const $cell = $("<div style='min-width: 14rem'>");
		const field = control($cell, { fieldtype: "Link", options: "Item", fieldname: "item" });
		jarz_woocommerce.offer_names(field, field.df);
		if (line.item) field.set_value(line.item);
		chosen.set(line, { field });
		return $cell;
	};
	const create_box = (line) => {
		const input = $("<input type='checkbox'>").attr("aria-label", __("Create an Item"));
		chosen.get(line).create = input;
		return $("<label class='mb-0'>").append(input);
	};
	const columns = [
		{ label: __("Product"), value: (line) => line.name },
		{ label: __("SKU"), value: (line) => line.sku },
		{
			label: __("Orders", null, "WooCommerce"),
			value: (line) => format_number(line.orders, null, 0),
			numeric: true,
		},
		{ label: __("Item"), value: item_field },
		{ label: __("Create an Item"), value: create_box },
	];
	const link = () => {
		const links = [...chosen]
			.map(([line, { field, create }]) => ({
				...line,
				item: create.prop("checked") ? "" : field.get_value(),
			}))
			.filter((line, index) => line.item || [...chosen.values()][index].create.prop("checked"));
		if (links.length) return act("link_items", { links });
		frappe.show_alert({ message: __("Choose an item, or tick Create an Item."), indicator: "orange" });
	};
	return free_section(
		__("Lines without an item"),
		__(
			"Say which item each product is, or have one created. It holds for all orders, also those to come."
		),
		jarz_woocommerce.table(columns, lines),
		[
			free_button(__("Link Items and Book"), link),
			$("<button type='button' class='btn btn-default btn-sm ml-2'>")
				.text(__("Create Items for All"))
				.on("click", () => chosen.forEach(({ create }) => create.prop("checked", true))),
		]
	);
}

// --- statuses ---

function free_by_statuses(statuses, act) {
	if (!statuses.length) return null;
	const fields = statuses.map(({ status, orders }) => {
		const $row = $("<div class='mb-2'>").append(
			$("<div class='small'>").text(`${status}: ${in_orders(orders)}`)
		);
		const options = ["", ...STATUS_ACTIONS].map((value) => ({ value, label: __(value) }));
		const field = control($row, { fieldtype: "Select", options, fieldname: "action" });
		return { status, field, $row };
	});
	const map = () => {
		const actions = Object.fromEntries(
			fields.map(({ status, field }) => [status, field.get_value()]).filter(([, action]) => action)
		);
		if (Object.keys(actions).length) return act("map_statuses", { actions });
		frappe.show_alert({ message: __("Choose what the orders become."), indicator: "orange" });
	};
	return free_section(
		__("Statuses that aren't mapped"),
		__("Say what orders in these statuses become. It is kept in the store's table of statuses."),
		fields.map(({ $row }) => $row),
		free_button(__("Map Statuses and Book"), map)
	);
}

// --- differences ---

function free_by_decision({ kind, orders, amounts }, act) {
	const sums = Object.entries(amounts).map(([currency, sum]) => jarz_woocommerce.money(sum, currency));
	const $reason = $("<div class='mb-2'>");
	const reason = control($reason, {
		fieldtype: "Data",
		fieldname: "reason",
		placeholder: __("Reason. It is kept with your name and the time."),
	});
	return free_section(
		__(kind),
		__("{0}, with differences of {1} in all.", [in_orders(orders), sums.join(", ")]),
		$reason,
		free_button(__(kind), () => act("resolve_many", { kind, reason: reason.get_value() }))
	);
}

// --- the others, and what is booked already ---

function free_by_hint({ reason, what_to_do, orders }) {
	return jarz_woocommerce.finding(
		"orange",
		`${jarz_woocommerce.words(reason)}: ${in_orders(orders)}`,
		what_to_do
	);
}

function free_by_hand(act) {
	const $fields = $("<div>");
	const make = (df) => control($("<div class='mb-2'>").appendTo($fields), df);
	const doctype = make({
		fieldtype: "Select",
		fieldname: "doctype",
		options: HAND_DOCUMENTS.map((value) => ({ value, label: __(value) })),
	});
	doctype.set_value(HAND_DOCUMENTS[0]);
	const number = make({
		fieldtype: "Data",
		fieldname: "document",
		placeholder: __("Number of the document"),
	});
	const reason = make({ fieldtype: "Data", fieldname: "reason", placeholder: __("Reason") });
	const dismiss = () =>
		act("book_by_hand", {
			doctype: doctype.get_value(),
			document: number.get_value(),
			reason: reason.get_value(),
		});
	return $("<details class='mb-3'>").append(
		$("<summary class='text-muted'>").text(__("Booked by hand already")),
		free_section(
			__("Booked by Hand"),
			__(
				"All of these orders are skipped as long as their totals stay what they are, with the submitted document that has them."
			),
			$fields,
			free_button(__("Dismiss as Booked by Hand"), dismiss)
		)
	);
}
