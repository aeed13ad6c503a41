// A person at the Desk: signs in, clicks (each click is counted), waits until the Desk has answered, and looks.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Listener, barriers, texts_outside } from "./looks.mjs";

const PATIENCE = 30_000; // milliseconds
const HEIGHTS = { 1280: 800, 390: 844 };

export class Desk {
	/** @param {Object} look of this person: {name, language, width, theme}; `name` ends the names of its screenshots */
	static async open(browser, { url, screenshots, findings }, look) {
		const viewport = { width: look.width, height: HEIGHTS[look.width] };
		const context = await browser.newContext({
			viewport,
			locale: look.language,
		});
		const page = await context.newPage();
		page.setDefaultTimeout(PATIENCE);
		const desk = new Desk();
		Object.assign(desk, {
			url,
			screenshots,
			findings,
			look,
			context,
			page,
			clicks: 0,
		});
		desk.listener = new Listener(page);
		return desk;
	}

	async sign_in(user, password) {
		await this.page.goto(`${this.url}/login`);
		await this.page.fill("#login_email", user);
		await this.page.fill("#login_password", password);
		await this.click(this.page.locator(".form-login .btn-login"));
		await this.page.waitForFunction(() => window.frappe?.boot?.user && window.cur_page);
		await this.use_theme();
	}

	/** As "Toggle Theme" does; the next page that is opened has it as well. */
	async use_theme() {
		await this.page.evaluate(async (theme) => {
			await frappe.xcall("frappe.core.doctype.user.user.switch_theme", {
				theme,
			});
			document.documentElement.setAttribute("data-theme-mode", theme.toLowerCase());
			frappe.ui.set_theme(theme.toLowerCase());
		}, this.look.theme);
		await this.settle();
	}

	async click(locator) {
		this.clicks += 1;
		await locator.click();
		await this.settle();
	}

	/** Nothing is asked of the server, and nothing is frozen or fades. */
	async settle() {
		for (let quiet = 0; quiet < 3; ) {
			await this.page.waitForTimeout(150);
			const is_quiet = await this.page.evaluate(is_desk_quiet).catch(() => false); // it goes to another page
			quiet = is_quiet ? quiet + 1 : 0;
		}
	}

	/** By the Desk's own router, as its links do. */
	async go(...route) {
		await this.page.evaluate((route) => frappe.set_route(...route), route);
		await this.page.waitForTimeout(500);
		await this.settle();
	}

	/** @param {string} name of a method of our API, with its arguments; asked beside the page */
	async ask(method, args) {
		const query = new URLSearchParams(args);
		const answer = await this.context.request.get(
			`${this.url}/api/method/jarz_woocommerce_integration.api.${method}?${query}`
		);
		return (await answer.json()).message;
	}

	dialog() {
		return this.page.locator(".modal.show").last();
	}

	async close_dialog() {
		await this.click(this.dialog().locator(".btn-modal-close"));
		await this.page.waitForTimeout(500);
	}

	/** An entry of a group of the form's buttons, by its untranslated labels. */
	async press(group, label) {
		const words = await this.words(group, label);
		const head = this.page.locator(".page-head:visible");
		if (this.look.width < 1200) {
			// All stand in the one menu.
			await this.click(head.locator(".menu-btn-group > button"));
			await this.click(
				head.locator(".dropdown-menu.show .menu-item-label", {
					hasText: words.join(" > "),
				})
			);
			return;
		}
		const named = (name) => `[data-label="${encodeURIComponent(name)}"]`;
		await this.click(head.locator(`.inner-group-button${named(words[0])} > button`));
		await this.click(head.locator(`.dropdown-menu.show ${named(words[1])}`));
	}

	/** A button of the form that stands by itself, by its untranslated label. */
	async press_alone(label) {
		const [word] = await this.words(label);
		const head = this.page.locator(".page-head:visible");
		if (this.look.width < 1200) {
			await this.click(head.locator(".menu-btn-group > button"));
			await this.click(head.locator(".dropdown-menu.show .menu-item-label", { hasText: word }));
			return;
		}
		await this.click(head.locator(`button[data-label="${encodeURIComponent(word)}"]`));
	}

	words(...texts) {
		return this.page.evaluate((texts) => texts.map((text) => __(text)), texts);
	}

	/** Look at the page as it is, and keep what is found; with a name it is photographed, too. */
	async stop(name, { whole = false } = {}) {
		await this.settle();
		await this.page.waitForTimeout(600); // charts grow, dialogs fade in
		const at = `${name}${this.look.name}`;
		if (this.screenshots) {
			mkdirSync(this.screenshots, { recursive: true });
			await this.page.screenshot({
				path: join(this.screenshots, `${at}.png`),
				fullPage: whole,
			});
		}
		const found = [
			...this.listener.take(),
			...(await texts_outside(this.page)).map((text) => `text outside its box: ${text}`),
			...(await barriers(this.page)).map((text) => `axe: ${text}`),
		];
		for (const text of found) this.findings.set(text, [...(this.findings.get(text) || []), at]);
		console.log(`${at}: ${found.length || "nothing"} found`);
	}

	close() {
		return this.context.close();
	}
}

/** Runs in the page. */
function is_desk_quiet() {
	return !window.frappe?.request?.ajax_count && !document.querySelector("#freeze.show");
}
