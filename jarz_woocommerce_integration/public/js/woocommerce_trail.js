// The trail of an order in its form: what became of it each time, newest first, and what waits for it now.
// Its names are its own: all scripts of one form share a scope. What comes from a shop is set as text.

(() => {
	frappe.provide("jarz_woocommerce.trail");

	const COLORS = {
		booked: "green",
		updated: "blue",
		amended: "blue",
		restored: "blue",
		changed: "orange",
		held: "orange",
		failed: "red",
		skipped: "gray",
		cancelled: "gray",
		deleted: "purple",
		undone: "gray",
	};
	const SHOWN_AT_FIRST = 10;

	/** Show the trail of the form's order. Called at each refresh of the form. */
	jarz_woocommerce.trail.show = async function (frm) {
		const field = frm.get_field("trail_html");
		const name = frm.doc.name;
		const trail = await jarz_woocommerce.read("order_map.trail", { name });
		if (frm.doc.name !== name) return; // another order is shown by now
		field.$wrapper.empty().append(jarz_woocommerce.trail.parts(trail));
	};

	/** @param {Object} trail as `services.monitoring.trail` gives it */
	jarz_woocommerce.trail.parts = function (trail) {
		return [...waiting(trail), timeline(trail.entries)];
	};

	// --- what waits ---

	function waiting({ inbox, outbox }) {
		return [
			...inbox.map((row) => notice(told_of(row), attempts_of(row), row.last_error)),
			...outbox.map((row) => notice(to_be_told(row), attempts_of(row), row.last_error, row)),
		];
	}

	function told_of(row) {
		return __("Waits to be read from the store since {0} ({1}).", [
			moment_of(row.since),
			row.topic ? `${__(row.source)}, ${row.topic}` : __(row.source),
		]);
	}

	function to_be_told(row) {
		const what = row.value ? `${__(row.action)}: ${row.value}` : __(row.action);
		if (row.state === "Awaiting Approval") return __("Waits for approval: {0}.", [what]);
		return row.state === "Given Up"
			? __("Couldn't be sent to the store: {0}.", [what])
			: __("Waits to be sent to the store since {0}: {1}.", [moment_of(row.since), what]);
	}

	function attempts_of(row) {
		if (!row.attempts) return "";
		const attempts = __("Tried {0} times.", [row.attempts]);
		return row.next_attempt
			? `${attempts} ${__("Again at {0}.", [moment_of(row.next_attempt)])}`
			: attempts;
	}

	function notice(text, attempts, error, row = {}) {
		const color = row.state === "Given Up" ? "red" : error ? "orange" : "blue";
		const line = jarz_woocommerce.finding(color, text, [attempts, error].filter(Boolean).join(" "));
		if (row.document_name) {
			const link = jarz_woocommerce.document_link(row.document_type, row.document_name);
			line.append($("<div class='small ml-4'>").append(link));
		}
		return line;
	}

	// --- what happened ---

	function timeline(entries) {
		if (!entries.length) {
			return jarz_woocommerce.paragraph(
				__("Nothing was written for this order yet."),
				"text-muted small"
			);
		}
		const list = $(
			"<ol class='woo-trail list-unstyled mb-0' style='border-inline-start: 2px solid var(--border-color)'>"
		);
		const newest_first = entries.map(item).reverse();
		const older = newest_first.slice(SHOWN_AT_FIRST);
		list.append(newest_first);
		if (!older.length) return list;
		older.forEach((element) => element.hide());
		const more = $("<button type='button' class='btn btn-xs btn-default ml-3'>")
			.text(__("Show {0} older ones", [older.length]))
			.on("click", () => {
				older.forEach((element) => element.show());
				more.remove();
			});
		return $("<div>").append(list, more);
	}

	function item(entry) {
		const head = $("<div>").append(
			$("<span class='indicator-pill mr-2'>")
				.addClass(COLORS[entry.what] || "gray")
				.text(jarz_woocommerce.words(entry.what)),
			$("<span class='text-muted small'>").text(when(entry))
		);
		const facts = [
			entry.status && $("<bdi>").text(__("{0} in the store", [entry.status])),
			entry.total &&
				$("<bdi class='text-nowrap'>").text(jarz_woocommerce.money(entry.total, entry.currency)),
			entry.invoice && jarz_woocommerce.document_link("Sales Invoice", entry.invoice),
			entry.run &&
				jarz_woocommerce.document_link("WooCommerce Sync Run", entry.run, __("Run {0}", [entry.run])),
		].filter(Boolean);
		const line = $("<div class='small'>").append(
			facts.flatMap((fact, place) => (place ? [" \u00b7 ", fact] : [fact]))
		);
		const element = $("<li class='pl-3 pb-3'>").append(head, line);
		if (entry.message)
			element.append($("<div class='small text-muted'>").append($("<bdi>").text(entry.message)));
		return element;
	}

	function when(entry) {
		const parts = [moment_of(entry.at), jarz_woocommerce.words(entry.source)];
		if (entry.again) {
			parts.push(__("{0} more times, last at {1}", [entry.again, moment_of(entry.until)]));
		}
		return parts.join(" \u00b7 ");
	}

	// --- helpers ---

	/** A moment of the site's clock in the user's zone and format. */
	function moment_of(value) {
		return frappe.datetime.str_to_user(value);
	}
})();
