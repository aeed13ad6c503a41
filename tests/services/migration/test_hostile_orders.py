"""Whatever stands in one field of an order, it is booked exactly, listed with a reason, or refused by name."""

import copy
import gzip
import json
import random
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.exceptions import PayloadError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

CAPTURED = Path(__file__).parents[2] / "translation" / "fixtures" / "captured_shop.json.gz"
ODD = (
	None, "", 0, -1, "0", "-0.00", "1e40", "9" * 32, "1e-9", "abc", [], {}, True, "\ud800", "x" * 5000, "\x00", "٠١٢",
	Decimal("1.123456789"), 10**30, "NaN", "Infinity", {"a": 1}, [1, 2], "2026-13-45", "<script>", "'",
)  # fmt: skip


@pytest.fixture(scope="module")
def captured():
	body = json.loads(gzip.decompress(CAPTURED.read_bytes()), parse_float=Decimal)
	return [order for order in body["orders"] if not order["refunds"]]


def places(node, path=()):
	"""The way to every field of a body."""
	children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
	for key, child in children:
		if key != "_links":
			yield (*path, key)
			yield from places(child, (*path, key))


@pytest.mark.parametrize("seed", range(8))
def test_no_field_can_break_the_page(captured, seed, tmp_path):
	chance = random.Random(seed)
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	with SQLiteLedger(tmp_path / "ledger.sqlite", "shop.example") as ledger:
		run = ledger.open_run({}, datetime.now(timezone.utc))
		for number in range(150):
			body = copy.deepcopy(chance.choice(captured))
			body["id"] = number + 1
			*way, last = chance.choice(list(places(body)))
			node = body
			for key in way:
				node = node[key]
			node[last] = chance.choice(ODD)
			try:
				order = parse(Order, body)
			except PayloadError as error:
				assert "field" in error.message
				continue
			prepared = translator.prepare([order])
			outcomes = translator.translate(prepared, {}, ledger.lookups(translator.keys(prepared)))
			ledger.create_masters(outcomes)
			[booked] = ledger.book_page(PageRecord(run.run_id, 0), outcomes).orders
			if booked.state is OrderState.SYNCED:
				row = ledger.find_orders([order.id])[order.id]
				assert row.invoice_total == order.total or row.changed
			else:
				assert booked.reason
				assert booked.message
