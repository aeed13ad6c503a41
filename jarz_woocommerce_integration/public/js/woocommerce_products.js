// "Import Products": the dialog of a store's form, and how an import stands in its own.

frappe.provide("jarz_woocommerce.products");

const IMPORT = "WooCommerce Product Import";
const LINE = "WooCommerce Product Import Line";
const AT_WORK = ["Reading", "Applying", "Undoing"];
const LOOKED_AT_EVERY = 3000; // milliseconds

/** @param {Object} frm of a WooCommerce Store */
jarz_woocommerce.products.open = async function (frm) {
	const { options, current } = await jarz_woocommerce.read("products.import_choices", {
		store: frm.doc.name,
	});
	if (current && AT_WORK.includes(current.status)) {
		frappe.set_route("Form", IMPORT, current.name);
		return;
	}
	ask_for_options(frm.doc, options, current);
};

function ask_for_options(store, options, current) {
	const of_currency = () => ({ filters: { selling: 1, enabled: 1 } });
	const select = (fieldname, label, values) => ({
		fieldname,
		label,
		fieldtype: "Select",
		options: values.map((value) => ({ value, label: __(value) })),
		default: options[fieldname],
	});
	const link = (fieldname, label, doctype, more = {}) => ({
		fieldname,
		label,
		fieldtype: "Link",
		options: doctype,
		default: options[fieldname],
		...more,
	});
	const check = (fieldname, label) => ({
		fieldname,
		label,
		fieldtype: "Check",
		default: options[fieldname],
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Import Products"),
		fields: [
			{ fieldtype: "HTML", fieldname: "about" },
			{ fieldtype: "Section Break" },
			check("item_groups", __("Item Groups of Categories")),
			link("root_item_group", __("Below Item Group"), "Item Group", {
				get_query: () => ({ filters: { is_group: 1 } }),
				depends_on: "item_groups",
			}),
			select("stock_items", __("Stock Items"), ["Managed in Store", "All Goods", "None"]),
			select("descriptions", __("Descriptions"), ["Short", "Full", "None"]),
			{ fieldtype: "Column Break" },
			link("uom", __("Unit of Measure"), "UOM"),
			link("price_list", __("Price List"), "Price List", { get_query: of_currency }),
			link("sale_price_list", __("Price List of Sale Prices"), "Price List", {
				get_query: of_currency,
				depends_on: "price_list",
			}),
			check("images", __("Images")),
			check("bundles", __("Product Bundles")),
		],
		primary_action_label: __("Read the Shop"),
		async primary_action(chosen) {
			dialog.hide();
			// What was emptied is meant so.
			const given = Object.fromEntries(
				Object.keys(options).map((name) => [name, chosen[name] === undefined ? "" : chosen[name]])
			);
			const name = await jarz_woocommerce.call(
				"products.start_import",
				{ store: store.name, options: given },
				__("Starting")
			);
			frappe.set_route("Form", IMPORT, name);
		},
	});
	dialog.fields_dict.about.$wrapper.append(
		jarz_woocommerce.paragraph(
			__(
				"The shop's catalogue is read into a plan: which item each product is, and what would be made. No item is made before you approve it."
			),
			"text-muted"
		)
	);
	if (current) {
		dialog.set_secondary_action_label(__("Open the Last Plan"));
		dialog.set_secondary_action(() => {
			dialog.hide();
			frappe.set_route("Form", IMPORT, current.name);
		});
	}
	dialog.fields_list.forEach((field) => jarz_woocommerce.offer_names(field, field.df));
	dialog.show();
}

// --- the form of an import ---

/** @param {Object} frm of a WooCommerce Product Import */
jarz_woocommerce.products.show = function (frm) {
	show_plan(frm, frm.doc);
	add_import_buttons(frm);
	follow_import(frm);
};

function show_plan(frm, found) {
	const field = frm.get_field("plan_html");
	field.$wrapper.empty();
	const number = (value) => format_number(value || 0, null, 0);
	const list = (label, count, filters) =>
		$("<a>")
			.attr("href", "#")
			.text(`${label}: ${number(count)}`)
			.on("click", (event) => {
				event.preventDefault();
				open_lines(frm, filters);
			});
	const parts = [
		[__("Matched"), found.matched, { found: "Matched" }],
		[__("New", null, "WooCommerce"), found.new, { found: "New" }],
		[__("Conflicts"), found.conflicts, { found: "Conflict" }],
		[__("Ignored", null, "WooCommerce"), found.ignored, { found: "Ignored" }],
		[__("Done"), found.done, { state: "Done" }],
		[__("Refused"), found.refused, { state: "Refused" }],
		[__("Kept"), found.kept, { state: "Kept" }],
	].filter(([, count]) => count);
	field.$wrapper.append(
		state_of_work(frm, found),
		$("<div class='mb-3' style='display: flex; gap: 1.5rem; flex-wrap: wrap'>").append(
			parts.map((part) => list(...part))
		)
	);
}

function state_of_work(frm, { status, work, products, done, refused, undone }) {
	const number = (value) => format_number(value || 0, null, 0);
	if (status === "Reading")
		return jarz_woocommerce.finding(
			"blue",
			__("The shop is being read: {0} products and variations.", [number(products)]),
			without_worker(work)
		);
	if (status === "Applying")
		return jarz_woocommerce.finding(
			"blue",
			__("Items are being linked and made: {0} done, {1} refused.", [number(done), number(refused)]),
			without_worker(work)
		);
	if (status === "Undoing")
		return jarz_woocommerce.finding(
			"blue",
			__("The import is being undone: {0} so far.", [number(undone)]),
			without_worker(work)
		);
	if (status === "Planned")
		return jarz_woocommerce.finding(
			"green",
			__("The plan is ready. Look at its lines, correct them, and approve them."),
			__("Nothing is written before.")
		);
	if (status === "Applied" && refused)
		return jarz_woocommerce.finding(
			"orange",
			__("Lines that were refused: {0}", [number(refused)]),
			__("Each says why. Correct them, and approve them again.")
		);
	if (status === "Applied")
		return jarz_woocommerce.finding(
			"green",
			__("What was approved is imported."),
			__("Lines that are open can still be corrected and approved.")
		);
	return null;
}

function without_worker(work) {
	if (work !== "nobody") return "";
	return __("Nobody works: ask your administrator to start a worker with bench worker --queue long.");
}

function open_lines(frm, filters = {}) {
	frappe.set_route("List", LINE, { product_import: frm.doc.name, ...filters });
}

function add_import_buttons(frm) {
	frm.add_custom_button(__("Lines"), () => open_lines(frm));
	frm.add_custom_button(__("Download as CSV"), () => download(frm), __("CSV"));
	if (!jarz_woocommerce.can_manage()) return;
	const { status } = frm.doc;
	if (["Planned", "Applied"].includes(status)) {
		frm.add_custom_button(__("Upload Corrected CSV"), () => upload(frm), __("CSV"));
		const open = frm.doc.matched + frm.doc.new + frm.doc.conflicts + frm.doc.ignored - frm.doc.done;
		if (open > 0) {
			frm.add_custom_button(__("Approve All"), () => approve_all(frm)).addClass("btn-primary");
		}
	}
	if (["Applied", "Undone", "Failed"].includes(status) && (frm.doc.done || frm.doc.kept)) {
		frm.add_custom_button(__("Undo"), () => ask_to_undo(frm));
	}
}

function approve_all(frm) {
	const text = __(
		"Link and create items as all open lines say? Lines that say Leave are left, and so are conflicts that nobody has decided."
	);
	frappe.confirm(text, async () => {
		await jarz_woocommerce.call(
			"products.approve_lines",
			{ product_import: frm.doc.name },
			__("Starting")
		);
		frm.reload_doc();
	});
}

function ask_to_undo(frm) {
	const text = __(
		"Remove the items, prices, bundles and links that this import made? What somebody has changed or used since stays, and is listed."
	);
	frappe.confirm(text, async () => {
		await jarz_woocommerce.call("products.undo_import", { product_import: frm.doc.name }, __("Starting"));
		frm.reload_doc();
	});
}

function download(frm) {
	const method = "/api/method/jarz_woocommerce_integration.api.products.download_lines";
	window.open(`${method}?product_import=${encodeURIComponent(frm.doc.name)}`);
}

function upload(frm) {
	new frappe.ui.FileUploader({
		as_dataurl: true,
		allow_multiple: false,
		restrictions: { allowed_file_types: [".csv"] },
		async on_success(file) {
			const text = decode(file.dataurl);
			const changed = await jarz_woocommerce.call(
				"products.upload_lines",
				{ product_import: frm.doc.name, text },
				__("Saving")
			);
			const message = __("Lines that are corrected: {0}", [format_number(changed, null, 0)]);
			frappe.show_alert({ message, indicator: "green" });
			frm.reload_doc();
		},
	});
}

function decode(dataurl) {
	const binary = atob(dataurl.split("base64,")[1]);
	return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

/** Look every few seconds while something is done, and load the form anew at its end. */
function follow_import(frm) {
	clearTimeout(frm.woo_products_timer);
	if (!AT_WORK.includes(frm.doc.status)) return;
	const name = frm.doc.name;
	const look = async () => {
		if (frm.doc.name !== name || frappe.get_route()[2] !== String(name)) return;
		let found;
		try {
			found = await jarz_woocommerce.ask("products.import_status", { product_import: name });
		} catch {
			// The server is away for a moment: it is asked again.
		}
		if (found && found.status !== frm.doc.status) {
			frm.reload_doc();
			return;
		}
		if (found) show_plan(frm, found);
		frm.woo_products_timer = setTimeout(look, LOOKED_AT_EVERY);
	};
	look();
}
