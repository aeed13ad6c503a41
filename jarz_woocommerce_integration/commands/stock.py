"""The stock and the prices of a shop beside those of the books."""

import click
import frappe

from jarz_woocommerce_integration.cli.terminal import say_to, write_json
from jarz_woocommerce_integration.commands.group import store_command


@store_command(
	"stock",
	click.argument("what", type=click.Choice(["differences", "approve", "send"]), default="differences"),
)
def stock_command(what: str, store: str | None, json_file: str | None) -> int:
	"""Compares the stock of all linked products with the shop and lists what differs (differences), has all differences sent that
	wait for approval (approve), or sends what is due now (send). Exit code 1 if anything differs.
	"""
	from jarz_woocommerce_integration.services.session.session import get_store
	from jarz_woocommerce_integration.services.stock import levels, sending

	name = get_store(store).name
	say = say_to(json_file)
	if what == "approve":
		say(f"Approved: {levels.approve(name):,}.")
		frappe.db.commit()
	done = levels.compare_now(name) if what == "differences" else sending.send(name)
	differences = levels.differences(name)
	if "compared" in done:
		say(f"Compared: {done['compared']:,}. Sent: {done['sent']:,}. Tried again later: {done['again']:,}.")
	if done["status"] != "done":
		say(f"It ended with: {done['status']}")
	for row in differences:
		product = row.variation_id or row.product_id
		text = f"{row.item} (product {product}): the shop has {row.shop_quantity:g}, to be offered {row.wanted:g}"
		say(f"  {row.state}: {text}. {row.last_error or row.reason or ''}".rstrip())
	write_json({**done, "by_state": levels.by_state(name), "differences": differences}, json_file)
	return 1 if differences or done["status"] != "done" else 0


@store_command(
	"prices",
	click.argument("what", type=click.Choice(["differences", "approve", "send"]), default="differences"),
)
def prices_command(what: str, store: str | None, json_file: str | None) -> int:
	"""Compares the prices of all linked products with the shop and lists what differs (differences), has all differences sent that
	wait for approval (approve), or sends what is due now (send). Exit code 1 if anything differs.
	"""
	from jarz_woocommerce_integration.services.prices import levels, sending
	from jarz_woocommerce_integration.services.session.session import get_store

	name = get_store(store).name
	say = say_to(json_file)
	if what == "approve":
		say(f"Approved: {levels.approve(name):,}.")
		frappe.db.commit()
	done = levels.compare_now(name) if what == "differences" else sending.send(name)
	differences = levels.differences(name)
	if "compared" in done:
		say(f"Compared: {done['compared']:,}. Sent: {done['sent']:,}. Tried again later: {done['again']:,}.")
	if done["status"] != "done":
		say(f"It ended with: {done['status']}")
	for row in differences:
		product = row.variation_id or row.product_id
		shop = f"{row.shop_regular_price or 0:g}, on sale {row.shop_sale_price or 0:g}"
		text = f"{row.item} (product {product}): {row.regular_price or 0:g}, on sale {row.sale_price or 0:g}; the shop has {shop}"
		if row.conversion:
			text += f" (the list has {row.list_price:g}, {row.conversion})"
		if (row.role_prices or "") != (row.shop_role_prices or ""):
			text += f"; of roles {_on_one_line(row.role_prices)}; the shop has {_on_one_line(row.shop_role_prices)}"
		say(f"  {row.state}: {text}. {row.last_error or row.reason or ''}".rstrip())
	write_json({**done, "by_state": levels.by_state(name), "differences": differences}, json_file)
	return 1 if differences or done["status"] != "done" else 0


def _on_one_line(text: str | None) -> str:
	return (text or "none").replace("\n", ", ")
