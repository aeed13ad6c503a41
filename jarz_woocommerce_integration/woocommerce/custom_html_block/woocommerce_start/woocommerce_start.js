// What a workspace shows before there are orders: the first steps, and no empty charts. `root_element` is given by Frappe.

const ASK = "jarz_woocommerce_integration.api.health.look";
const STYLE = "woo-start-style";
// As long as this block says that there is nothing to show.
const NOTHING_YET = `
.page-main-content:has([data-woo-nothing-yet]) .ce-block:has(.number-widget-box),
.page-main-content .ce-block:has([data-woo-start]) { display: none; }
/* A chart that has no width would be drawn with bars of less than none. */
.page-main-content:has([data-woo-nothing-yet]) .ce-block:has(.dashboard-widget-box) {
	visibility: hidden; height: 0; min-height: 0; margin: 0; padding-block: 0; overflow: hidden; }
/* On a phone Frappe cuts the title at a quarter of the width. */
.page-container:has([data-woo-start]) .title-text { max-width: calc(100vw - 140px); }`;

function add_style() {
	if (document.getElementById(STYLE)) return;
	const style = document.createElement("style");
	style.id = STYLE;
	style.textContent = NOTHING_YET;
	document.head.append(style);
}

async function look() {
	const host = root_element.getRootNode().host || root_element;
	add_style();
	host.setAttribute("data-woo-start", "");
	const { message } = await frappe.call({ method: ASK, type: "POST" });
	host.toggleAttribute("data-woo-nothing-yet", !message.has_orders);
	mark_steps(message.done, host);
}

/** Frappe has drawn the steps as they were kept; drawing the workspace once more would draw its charts twice. */
function mark_steps(done, host, tries = 10) {
	const drawn = document.querySelectorAll(".onboarding-step");
	if (!drawn.length && tries && host.isConnected) {
		setTimeout(() => mark_steps(done, host, tries - 1), 500);
	}
	drawn.forEach((step, index) => {
		step.classList.toggle("complete", Boolean(done[index]));
		step.classList.toggle("pending", !done[index] && !step.classList.contains("skipped"));
	});
	const next = [...drawn].find((step) => step.classList.contains("pending"));
	if (next && !next.classList.contains("active")) next.click(); // opens it
}

look();
