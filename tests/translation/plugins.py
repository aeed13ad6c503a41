"""Real answers of real plugins, and the cases made after public bug reports, as orders with their refunds."""

import json
from decimal import Decimal
from pathlib import Path

from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from tests.translation.building import FIXTURES


def load(path: Path):
	return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def plugin_order(plugin: str, name: str) -> tuple[Order, list[Refund]]:
	folder = FIXTURES / "plugins" / plugin
	order = parse(Order, load(folder / f"order-{name}.json"))
	refunds = folder / f"refunds-{name}.json"
	bodies = load(refunds) if refunds.exists() else []
	return order, [parse(Refund, {**body, "parent_id": order.id}) for body in bodies]
