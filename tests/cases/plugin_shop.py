"""The real answers of real plugins (tests/translation/fixtures/plugins), as the shop that they come from."""

import json
from pathlib import Path

PLUGINS = Path(__file__).parents[1] / "translation" / "fixtures" / "plugins"
LATER = ".read-at-two-decimals"  # the same order, read when the shop kept two decimals
UNROUNDED = ".dp6"


def plugin_case(later: bool = False) -> dict:
	"""All plugins' orders as one case for `CaseShop`. :param later: those that were read at two decimals"""
	files = sorted(PLUGINS.glob("*/order-*.json"))
	chosen = [path for path in files if (LATER in path.name) == later and UNROUNDED not in path.name]
	orders = [_read(path) for path in chosen]
	refunds = {}
	for path, order in zip(chosen, orders, strict=True):
		beside = path.with_name(path.name.replace("order-", "refunds-", 1))
		if beside.exists():
			refunds[order["id"]] = _read(beside)
	return {
		"id": "plugins",
		"orders": orders,
		"refunds": refunds,
		"unrounded": [_read(path) for path in files if UNROUNDED in path.name],
		"server": {
			"statuses": ["partially-paid"],
			"unlisted": [order["id"] for order in orders if _is_unlisted(order)],
			"index": {"timezone_string": "Africa/Cairo", "gmt_offset": "2"},
		},
	}


def ids_by_name(later: bool = False) -> dict[str, int]:
	"""Order ids by "plugin/name of the order"."""
	return {
		f"{path.parent.name}/{path.stem.removeprefix('order-').removesuffix(LATER)}": _read(path)["id"]
		for path in sorted(PLUGINS.glob("*/order-*.json"))
		if (LATER in path.name) == later and UNROUNDED not in path.name
	}


def _is_unlisted(order: dict) -> bool:
	"""Payments of a deposit and subscriptions are of order types of their own: no list gives them, only their ids do."""
	is_part_payment = bool(order["parent_id"]) and order["number"].startswith(f"{order['parent_id']}-")
	return is_part_payment or order["status"] == "wps_renewal"


def _read(path: Path):
	return json.loads(path.read_text(encoding="utf-8"))
