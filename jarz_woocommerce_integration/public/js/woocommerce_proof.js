// The proof of a WooCommerce Sync Run as its form shows it: the verdict, what is wrong, then sums, sample and places.
// Its names are its own: all scripts of one form share a scope.

(() => {
	frappe.provide("jarz_woocommerce.proof");

	const SHOWN = 50;

	/** Show the proof of a run in a field of its form; nothing where there is none. */
	jarz_woocommerce.proof.show = function (frm, fieldname) {
		const field = frm.get_field(fieldname);
		field.$wrapper.empty();
		const proof = JSON.parse(frm.doc.verification || "{}");
		// Earlier versions kept less, which "Verify" replaces.
		frm.toggle_display(fieldname, "whole" in proof);
		if ("whole" in proof)
			field.$wrapper.append(
				jarz_woocommerce.proof.parts(proof, frm.doc.__onload?.since_proof, frm.doc.status)
			);
	};

	/**
	 * @param {Object} proof as `services.comparison.text` has it
	 * @param {string[]} since what has become of the books since it was made
	 * @param {string} status of the run
	 */
	jarz_woocommerce.proof.parts = function (proof, since = [], status = "") {
		return [
			verdict(proof, since, status),
			checks(proof),
			orders_found(proof.orders),
			differences(proof),
			findings(proof),
			sample(proof.sample),
			by_status(proof.by_status),
			by_month(proof.by_month),
			taxes(proof.taxes),
			refund_taxes(proof.refund_taxes),
			accounts(proof.accounts),
			not_booked(proof.not_booked),
			received_unbooked(proof.received_unbooked),
			unlisted(proof.unlisted_statuses),
			territories(proof.territories),
		].filter(Boolean);
	};

	// --- the verdict ---

	function verdict(proof, since, status) {
		const [color, label] = pill(proof, since, status);
		const text = proof.proven
			? __(
					"Each of the shop's {0} orders stands in the books to the cent, or is listed with the reason why not.",
					[count(proof.store_orders)]
			  )
			: __("The shop's {0} orders and the books differ.", [count(proof.store_orders)]);
		const box = $("<div class='border rounded p-3 mb-3'>");
		box.append(
			$(`<span class='indicator-pill ${color} mb-2'>`).text(label),
			since.length ? outdated(proof, since) : null,
			jarz_woocommerce.paragraph(text, since.length ? "text-muted mb-1" : "mb-1"),
			jarz_woocommerce.paragraph(made(proof), "text-muted small mb-0")
		);
		if (!proof.whole) {
			const note = __(
				"Only the shop's list of orders was compared. Verify compares the books, the taxes and a sample, too."
			);
			box.append(jarz_woocommerce.paragraph(note, "text-muted small mb-0 mt-1"));
		}
		return box;
	}

	function pill(proof, since, status) {
		if (["Undoing", "Undone"].includes(status)) return ["red", __("Not True Any More: Undone")];
		if (since.length) return ["orange", __("Not True Any More: the Books Have Changed")];
		return proof.proven ? ["green", __("Proven")] : ["red", __("Not Proven")];
	}

	/** What has happened since, above what was true then. */
	function outdated(proof, since) {
		const then = proof.proven
			? __("All that follows says how the books were on {0}: proven then.", [moment_text(proof)])
			: __("All that follows says how the books were on {0}: not proven then.", [moment_text(proof)]);
		return $("<div class='mb-1'>").append(
			jarz_woocommerce.paragraph(since.join(" "), "mb-1"),
			jarz_woocommerce.paragraph(then, "mb-1")
		);
	}

	function made(proof) {
		return __("Made {0} by {1}", [moment_text(proof), frappe.user.full_name(proof.checked_by)]);
	}

	function moment_text(proof) {
		return jarz_woocommerce.moment_text(proof.checked_at);
	}

	function checks(proof) {
		const rows = [
			[__("Each order with its invoice: status, currency, total, refunds"), proof.proven_against_store],
			[__("Taxes by rate"), proof.taxes_equal],
			[
				__("The books with themselves: vouchers, receivables, payments, credit notes, accounts"),
				proof.books_sound,
			],
			[__("A random sample, field by field"), proof.sample_equal],
		];
		return $("<div class='mb-3'>").append(
			rows
				.filter(([, equal]) => equal !== null)
				.map(([text, equal]) => jarz_woocommerce.finding(equal ? "green" : "red", text))
		);
	}

	// --- what is wrong ---

	const FOUND = {
		missing: __("Missing in the Books"),
		extra: __("In the Books and Not in the Shop, or Twice"),
		different: __("Different"),
		listed: __("Different, Listed with a Reason"),
	};

	function orders_found(orders) {
		const rows = Object.entries(orders).filter(([, group]) => group.count);
		if (!rows.length) return null;
		return jarz_woocommerce.table(
			[
				{ label: __("Orders", null, "WooCommerce"), value: ([name]) => FOUND[name] },
				{ label: __("Count"), value: ([, group]) => count(group.count), numeric: true },
				{ label: __("Order Ids"), value: ([, group]) => some(group.ids, group.count) },
			],
			rows
		);
	}

	function differences(proof) {
		if (!proof.differences.length) return null;
		const columns = [
			{ label: __("Order", null, "WooCommerce"), value: (row) => row.order_id || "" },
			{ label: __("Difference"), value: (row) => jarz_woocommerce.words(row.kind) },
			{ label: __("What"), value: (row) => row.message },
			{ label: __("Listed"), value: (row) => (row.explained ? __("Yes") : __("No")) },
		];
		return section(__("Orders That Differ"), columns, proof.differences, proof.differences_in_all);
	}

	function findings(proof) {
		if (!proof.findings || !proof.findings.length) return null;
		const columns = [
			{ label: __("Order", null, "WooCommerce"), value: (row) => row.order_id || "" },
			{ label: __("Voucher"), value: (row) => row.voucher },
			{ label: __("What"), value: (row) => row.message },
		];
		const all = Object.values(proof.findings_by_kind).reduce((sum, number) => sum + number, 0);
		return section(__("Wrong in the Books"), columns, proof.findings, all);
	}

	// --- the sample ---

	const VERDICTS = {
		equal: ["green", __("Equal")],
		different: ["red", __("Different")],
		changed: ["orange", __("Changed in the Shop Since")],
		gone: ["orange", __("Not in the Shop's List")],
		unreadable: ["orange", __("Unreadable")],
	};

	function sample(drawn) {
		if (!drawn) return null;
		const told = __("{0} of {1} booked orders, drawn with seed {2}. {3} fields were compared.", [
			count(drawn.compared),
			count(drawn.drawn_from),
			drawn.seed,
			count(drawn.fields),
		]);
		const counts = Object.entries(VERDICTS)
			.filter(([verdict]) => drawn[verdict])
			.map(([verdict, [color, label]]) =>
				$(`<span class='indicator-pill ${color} mr-2'>`).text(`${label}: ${count(drawn[verdict])}`)
			);
		return $("<div class='mb-3'>").append(
			jarz_woocommerce.heading(__("Random Sample")),
			jarz_woocommerce.paragraph(told, "text-muted small mb-2"),
			$("<div class='mb-2'>").append(counts),
			drawn.orders.filter((order) => order.verdict !== "equal").map(sampled),
			equal_ones(drawn.orders.filter((order) => order.verdict === "equal"))
		);
	}

	function equal_ones(orders) {
		if (!orders.length) return null;
		const list = $("<details class='small ml-1'>").append(
			$("<summary class='text-muted'>").text(__("The {0} equal ones", [count(orders.length)]))
		);
		// Each has a table of its own, which nobody needs before it is opened.
		list.one("toggle", () => list.append(orders.map((order) => sampled(order).addClass("ml-3"))));
		return list;
	}

	/** One order of the sample, whose fields open; those that differ are open already. */
	function sampled(order) {
		const [color, label] = VERDICTS[order.verdict];
		const invoice = jarz_woocommerce.document_link("Sales Invoice", order.invoice).addClass("ml-2");
		const summary = $("<summary>").append(
			jarz_woocommerce.dot(color),
			$("<span>").text(__("Order {0}: {1}", [order.number || order.order_id, label])),
			invoice
		);
		const details = $("<details class='small mb-1'>").append(summary);
		details.prop("open", order.verdict === "different");
		if (order.note) details.append(jarz_woocommerce.paragraph(order.note, "text-muted mb-1 mt-1"));
		if (order.fields.length) details.append(fields(order.fields));
		return details;
	}

	function fields(compared) {
		const ranked = [...compared].sort((first, second) => rank(first) - rank(second));
		const columns = [
			{ label: __("Field"), value: (row) => row.field },
			{ label: __("Shop", null, "WooCommerce"), value: (row) => row.store },
			{ label: __("Books"), value: (row) => row.books },
			{ label: "", value: (row) => (row.equal ? "=" : row.why || marked("≠")) },
		];
		return jarz_woocommerce.table(columns, ranked);
	}

	/** What differs without a reason comes first. */
	function rank(row) {
		return row.equal ? 2 : row.why ? 1 : 0;
	}

	function marked(text) {
		return $("<b class='text-danger'>").text(text);
	}

	// --- counts and sums ---

	function by_status(rows) {
		const first = { label: __("Status"), value: (row) => row.status };
		return section(__("By Status in the Shop"), [first, ...SUMS], rows);
	}

	function by_month(rows) {
		const first = { label: __("Month"), value: (row) => row.month };
		return section(__("By Month"), [first, ...SUMS], rows, rows.length, Infinity);
	}

	const SUMS = [
		{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
		{
			label: __("Shop", null, "WooCommerce"),
			value: (row) => money(row.store_total, row),
			numeric: true,
		},
		{ label: __("Booked", null, "WooCommerce"), value: (row) => count(row.booked), numeric: true },
		{ label: __("Total Booked"), value: (row) => money(row.booked_total, row), numeric: true },
		{ label: __("Listed"), value: (row) => count(row.listed), numeric: true },
		{ label: __("Total Listed"), value: (row) => money(row.listed_total, row), numeric: true },
	];

	function taxes(rows) {
		if (!rows || !rows.length) return null;
		const columns = [
			{ label: __("Rate", null, "WooCommerce"), value: (row) => row.rate },
			{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
			{ label: __("Shop", null, "WooCommerce"), value: (row) => money(row.store, row), numeric: true },
			{ label: __("Books"), value: (row) => money(row.books, row), numeric: true },
			{ label: __("Difference"), value: (row) => difference(row), numeric: true },
			{ label: __("Credit Notes"), value: (row) => money(row.credited, row), numeric: true },
			{ label: __("Left", null, "WooCommerce"), value: (row) => money(row.left, row), numeric: true },
			{ label: __("Not Compared"), value: (row) => money(row.aside, row), numeric: true },
			{ label: __("Accounts"), value: (row) => row.accounts.join(", ") },
		];
		return section(__("Taxes by Rate"), columns, rows);
	}

	function refund_taxes(rows) {
		if (!rows || !rows.length) return null;
		const columns = [
			{ label: __("Currency"), value: (row) => row.currency },
			{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
			{ label: __("Shop", null, "WooCommerce"), value: (row) => money(row.store, row), numeric: true },
			{ label: __("Credit Notes"), value: (row) => money(row.books, row), numeric: true },
			{ label: __("Difference"), value: (row) => difference(row), numeric: true },
			{
				label: __("More on Full Refunds by Amount"),
				value: (row) => money(row.in_full, row),
				numeric: true,
			},
			{ label: __("Shop Names None"), value: (row) => money(row.untold, row), numeric: true },
		];
		return section(__("Taxes of Refunds"), columns, rows);
	}

	function difference(row) {
		const text = money(row.difference, row);
		return Number(row.difference) ? marked(text) : text;
	}

	function accounts(rows) {
		if (!rows || !rows.length) return null;
		const columns = [
			{ label: __("Account"), value: (row) => row.account },
			{ label: __("By the Invoices' Rows"), value: (row) => money(row.documents, row), numeric: true },
			{ label: __("General Ledger"), value: (row) => money(row.ledger, row), numeric: true },
		];
		return section(__("Accounts"), columns, rows);
	}

	function not_booked(rows) {
		if (!rows || !rows.length) return null;
		const columns = [
			{ label: __("State", null, "WooCommerce"), value: (row) => __(row.state) },
			{ label: __("Reason"), value: (row) => jarz_woocommerce.words(row.reason) },
			{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
			{ label: __("Total in Store"), value: (row) => money(row.total, row), numeric: true },
			{ label: __("Order Ids"), value: (row) => some(row.ids, row.orders) },
		];
		return section(__("Orders That Are Not Booked"), columns, rows);
	}

	function received_unbooked(rows) {
		if (!rows || !rows.length) return null;
		const columns = [
			{ label: __("Status"), value: (row) => row.status },
			{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
			{
				label: __("Received", null, "WooCommerce"),
				value: (row) => money(row.received, row),
				numeric: true,
			},
			{ label: __("Order Ids"), value: (row) => some(row.ids, row.orders) },
		];
		return section(__("Received, not Booked"), columns, rows);
	}

	function unlisted(statuses) {
		const rows = Object.entries(statuses || {}).map(([status, orders]) => ({ status, orders }));
		if (!rows.length) return null;
		const columns = [
			{ label: __("Status"), value: (row) => row.status },
			{
				label: __("Known Orders, Read by Their Ids"),
				value: (row) => count(row.orders),
				numeric: true,
			},
		];
		return section(__("Statuses That the Shop's Lists Can't Show"), columns, rows);
	}

	function territories(coverage) {
		if (!coverage || coverage.percent === null) return null;
		const told = __("{0} % of {1} booked orders whose address names a zone have its Territory.", [
			coverage.percent,
			count(coverage.orders),
		]);
		const beside = [
			[__("In another Territory"), coverage.elsewhere && count(coverage.elsewhere)],
			[__("Zone not mapped"), coverage.unmapped && count(coverage.unmapped)],
			[__("Without a zone"), coverage.without_zone && count(coverage.without_zone)],
		].filter(([, number]) => number);
		const columns = [
			{ label: __("Zone That Is Not Mapped"), value: (row) => `${row.country} ${row.code}`.trim() },
			{ label: __("Orders", null, "WooCommerce"), value: (row) => count(row.orders), numeric: true },
		];
		return $("<div>").append(
			jarz_woocommerce.heading(__("Territories")),
			bar(coverage.percent),
			jarz_woocommerce.paragraph(told, "mb-1"),
			jarz_woocommerce.facts(beside),
			coverage.codes.length ? jarz_woocommerce.table(columns, coverage.codes.slice(0, SHOWN)) : null,
			more(coverage.codes.length)
		);
	}

	function bar(percent) {
		const filled = $("<div class='progress-bar bg-success'>").css("width", `${percent}%`);
		return $("<div class='progress mb-2' style='height: 8px'>").append(filled);
	}

	// --- what all have alike ---

	function section(title, columns, rows, in_all = rows.length, shown = SHOWN) {
		return $("<div>").append(
			jarz_woocommerce.heading(title),
			jarz_woocommerce.table(columns, rows.slice(0, shown)),
			more(in_all, shown)
		);
	}

	function more(in_all, shown = SHOWN) {
		if (in_all <= shown) return null;
		return jarz_woocommerce.paragraph(__("and {0} more", [count(in_all - shown)]), "text-muted small");
	}

	function some(ids, in_all) {
		const shown = ids.slice(0, SHOWN);
		const rest = in_all - shown.length;
		return shown.join(", ") + (rest > 0 ? ` ${__("and {0} more", [count(rest)])}` : "");
	}

	function count(number) {
		return format_number(number, null, 0);
	}

	function money(amount, row) {
		return jarz_woocommerce.money(amount, row.currency || "").trim();
	}
})();
