// How the live sync is: tiles for each store, and below them what isn't well. Asked again while somebody looks.
// `root_element` is given by Frappe. What comes from a shop is set as text, never as HTML.

const ASKED_EVERY = 30000; // milliseconds
const ASKED_EVERY_WHILE_RUNNING = 5000;
const METHOD = "/api/method/jarz_woocommerce_integration.api.health.health";
const IN_WORDS = {
	green: __("Everything is well"),
	orange: __("Needs attention"),
	red: __("Something is wrong"),
	gray: __("Not in use"),
};
const root = root_element.querySelector(".woo-health");

function element(tag, classes, ...children) {
	const made = document.createElement(tag);
	made.className = classes;
	made.append(...children.filter((child) => child !== null && child !== ""));
	return made;
}

async function read() {
	let answer;
	try {
		answer = await fetch(METHOD, { headers: { Accept: "application/json" } });
	} catch {
		throw new Error(__("The server can't be reached. It is tried again."));
	}
	if (!answer.ok)
		throw new Error(__("The state of the live sync can't be read (status {0}).", [answer.status]));
	return (await answer.json()).message;
}

async function ask() {
	if (!root.isConnected) return; // the workspace was drawn anew
	let wait = ASKED_EVERY;
	if (is_seen()) {
		try {
			const health = await read();
			show(health);
			if (health.runs.some(({ status }) => status !== "Paused")) wait = ASKED_EVERY_WHILE_RUNNING;
		} catch (error) {
			root.replaceChildren(pill("red", error.message));
		}
	}
	setTimeout(ask, wait);
}

function is_seen() {
	return !document.hidden && root.getClientRects().length > 0;
}

function show(health) {
	const checked = __("Looked at {0}", [frappe.datetime.str_to_user(health.checked)]);
	const head = element(
		"div",
		"woo-head",
		pill(health.color, IN_WORDS[health.color]),
		element("span", "woo-checked", checked)
	);
	const groups = health.stores.map(({ store, color, points }) => group(store_link(store), color, points));
	if (!groups.length) {
		root.replaceChildren(element("div", "woo-todo", __("No WooCommerce Store is set up yet.")), first_store());
		return;
	}
	if (health.site.length) groups.push(group(element("span", "woo-name", __("This Site")), "", health.site));
	root.replaceChildren(...health.runs.map(banner), head, ...groups);
}

/** On a phone Frappe doesn't show the first steps. */
function first_store() {
	if (!frappe.model.can_create("WooCommerce Store")) return "";
	const link = element("a", "", __("Connect the Shop"));
	link.href = frappe.router.make_url(["woocommerce-store", "new"]);
	return element("div", "woo-head", link);
}

// What a banner says of a run, by its status.
const RUN_TEXTS = {
	Running: __("A migration of {0} is under way"),
	Paused: __("The migration of {0} is paused"),
	Undoing: __("A migration of {0} is being undone"),
};

/** A run that goes on, above all else; it leads to its form. */
function banner({ name, store, status, orders, undone, planned }) {
	const whole = (number) => format_number(number || 0, null, 0);
	const done = status === "Undoing" ? undone : orders;
	const shown =
		planned && status !== "Undoing"
			? __("{0} of {1} orders", [whole(done), whole(planned)])
			: __("{0} orders", [whole(done)]);
	const text = element("bdi", "", format(RUN_TEXTS[status], [store]));
	const made = element(
		"a",
		`woo-banner ${status === "Paused" ? "orange" : "blue"}`,
		text,
		element("span", "", shown)
	);
	made.href = frappe.utils.get_form_link("WooCommerce Sync Run", name);
	return made;
}

function pill(color, text) {
	return element("span", `woo-pill ${color}`, text);
}

function store_link(store) {
	const link = element("a", "", store);
	link.href = frappe.utils.get_form_link("WooCommerce Store", store);
	return link;
}

function group(title, color, points) {
	const head = element("div", "woo-head", title, color && pill(color, IN_WORDS[color]));
	const tiles = element("div", "woo-tiles", ...points.map(tile));
	const wrong = points.filter((point) => ["red", "orange"].includes(point.color));
	const findings = element("ul", "woo-findings", ...wrong.map(finding));
	return element("div", "woo-group", head, tiles, wrong.length ? findings : "");
}

function tile(point) {
	const address = address_of(point);
	const made = element(
		address ? "a" : "div",
		`woo-tile ${point.color}`,
		element("div", "woo-label", point.label),
		element("div", "woo-figure", point.shown)
	);
	if (address) made.href = address;
	made.title = [point.text, point.what_to_do].filter(Boolean).join(" ");
	return made;
}

function finding(point) {
	const text = element("div", "", `${point.label}: ${point.text}`);
	const todo = point.what_to_do ? element("div", "woo-todo", point.what_to_do) : "";
	return element("li", point.color, text, todo);
}

function address_of({ doctype, document: name, filters }) {
	if (!doctype) return "";
	if (name) return frappe.utils.get_form_link(doctype, name);
	const terms = Object.entries(filters).map(([field, value]) => [
		field,
		typeof value === "string" ? value : JSON.stringify(value),
	]);
	return `${frappe.router.make_url([frappe.router.slug(doctype)])}?${new URLSearchParams(terms)}`;
}

ask();
