// The order of a shop in the forms of ERPNext's own documents: where it is in the shop and in the Order Map.
// Everything is within one function, beside the scripts of ERPNext and of other apps.

(() => {
	const API = "jarz_woocommerce_integration.api";
	const GROUP = __("WooCommerce");
	const COLORS = { Synced: "green", Held: "orange", Failed: "red", "Deleted in Store": "purple" };

	for (const doctype of ["Sales Order", "Sales Invoice", "Payment Entry", "Delivery Note", "Customer"]) {
		frappe.ui.form.on(doctype, { refresh: show_orders });
	}
	frappe.ui.form.on("Item", { refresh: show_products });

	/** Nothing is asked of documents that can't belong to an order, or for people who may not see orders. */
	function may_have_order({ doc }) {
		if (doc.__islocal || !frappe.model.can_read("WooCommerce Order Map")) return false;
		if (doc.doctype === "Delivery Note")
			return (doc.items || []).some(
				({ against_sales_invoice, against_sales_order }) =>
					against_sales_invoice || against_sales_order
			);
		return Boolean(doc.woo_store);
	}

	async function read(frm, method, args) {
		const { name } = frm.doc;
		const answer = await fetch(`/api/method/${API}.${method}?${new URLSearchParams(args)}`, {
			headers: { Accept: "application/json" },
		}).catch(() => null);
		// The document is of more interest than its order: where that can't be read now, nothing is shown of it.
		if (!answer?.ok || frm.doc.name !== name) return null;
		return (await answer.json()).message;
	}

	async function show_orders(frm) {
		if (!may_have_order(frm)) return;
		const found = await read(frm, "documents.orders", { doctype: frm.doctype, name: frm.doc.name });
		if (!found?.count) return;
		const [order] = found.orders;
		if (found.count > 1) {
			frm.add_custom_button(__("{0} Orders", [found.count]), () => open_list(frm, found), GROUP);
			return;
		}
		const number = order.order_number || order.woo_order_id;
		frm.dashboard.add_indicator(
			__("Order {0} of {1}: {2}", [number, order.store, __(order.state)].map(escape)),
			COLORS[order.state] || "gray"
		);
		frm.add_custom_button(
			__("Order {0}", [number]),
			() => frappe.set_route("Form", "WooCommerce Order Map", order.name),
			GROUP
		);
		frm.add_custom_button(__("Open in Store"), () => open_in_store(order), GROUP);
	}

	function open_list({ doc, doctype }, { orders }) {
		const filters =
			doctype === "Customer"
				? { customer: doc.name }
				: { name: ["in", orders.map(({ name }) => name)] };
		frappe.set_route("List", "WooCommerce Order Map", filters);
	}

	async function open_in_store({ name }) {
		const tab = window.open("", "_blank"); // opened at the click, or the browser blocks it
		try {
			const answer = await frappe.call({ method: `${API}.order_map.store_url`, args: { name } });
			tab.location = answer.message;
		} catch {
			tab?.close(); // the Desk has shown the reason
		}
	}

	async function show_products(frm) {
		if (frm.doc.__islocal || !frappe.model.can_read("WooCommerce Item Link")) return;
		const products = await read(frm, "documents.products", { item: frm.doc.name });
		for (const { store, url } of products || []) {
			frm.add_custom_button(
				__("Open in {0}", [escape(store)]),
				() => window.open(url, "_blank"),
				GROUP
			);
		}
	}

	function escape(value) {
		return frappe.utils.escape_html(String(value));
	}
})();
