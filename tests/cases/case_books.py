"""A case rehearsed as `jarz-woo rehearse` does it, and what stands in the ledger afterwards."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path

from rich.console import Console

from jarz_woocommerce_integration.cli.rehearse import MasterFiles, RehearsalCommand
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.store_facts import store_statuses
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.translation.policy import Policy, load_policy

KEYS = Credentials("ck_case", "cs_case")
PLACES = 3  # decimals of the ledger's amounts


@dataclass
class Books:
	"""What one rehearsal left.

	:ivar orders: the Order Map by order id; :ivar result: the rehearsal's own summary; :ivar said: what it printed
	"""

	path: Path
	result: dict
	said: str
	orders: dict = field(default_factory=dict)

	def query(self, sql: str, *values) -> list[sqlite3.Row]:
		with closing(sqlite3.connect(self.path)) as connection:
			connection.row_factory = sqlite3.Row
			return connection.execute(sql, values).fetchall()

	def charges(self, table: str, order_id: int) -> list[tuple[str, str]]:
		"""(kind, amount) of an invoice's charges, or of those of an order's credit notes."""
		if table == "invoice":
			found = self.query(
				"SELECT kind, amount FROM invoice_charge WHERE order_id = ? ORDER BY position", order_id
			)
		else:
			found = self.query(
				"SELECT kind, amount FROM credit_note_charge JOIN credit_note USING (refund_id)"
				" WHERE order_id = ? ORDER BY refund_id, position",
				order_id,
			)
		return [(row["kind"], amount(row["amount"])) for row in found]

	def notes(self, order_id: int) -> list[str]:
		found = self.query(
			"SELECT total FROM credit_note WHERE order_id = ? AND status = 'Submitted' ORDER BY refund_id",
			order_id,
		)
		return [amount(row["total"]) for row in found]

	def note_rows(self, order_id: int) -> list[tuple]:
		"""(item name, quantity, amount) of the credit notes' rows."""
		found = self.query(
			"SELECT item_name, quantity, r.amount FROM credit_note_row r JOIN credit_note USING (refund_id)"
			" WHERE order_id = ? ORDER BY refund_id, position",
			order_id,
		)
		return [(row["item_name"], row["quantity"], amount(row["amount"])) for row in found]

	def invoice_rows(self, order_id: int) -> list[tuple]:
		found = self.query(
			"SELECT item_name, quantity, rate, amount FROM invoice_row WHERE order_id = ? ORDER BY position",
			order_id,
		)
		return [(row["item_name"], row["quantity"], row["rate"], amount(row["amount"])) for row in found]

	def payments(self, order_id: int) -> list[tuple]:
		"""(direction, account, amount), in the order of their keys."""
		found = self.query(
			"SELECT direction, account, amount FROM payment WHERE order_id = ? AND status = 'Submitted'"
			" ORDER BY refund_id, payment_key DESC",
			order_id,
		)
		return [(row["direction"], row["account"], amount(row["amount"])) for row in found]

	def balances(self, order_id: int) -> dict[str, str]:
		"""What stands on each account after everything of an order; accounts at zero aren't there."""
		sums = defaultdict(int)
		for row in self.query(
			"SELECT account, debit - credit AS moved FROM gl_entry WHERE order_id = ?", order_id
		):
			sums[row["account"]] += row["moved"]
		return {account: amount(moved) for account, moved in sorted(sums.items()) if moved}

	def customers(self) -> list[str]:
		return [row["customer_name"] for row in self.query("SELECT customer_name FROM customer ORDER BY 1")]


def amount(thousandths: int) -> str:
	"""With two decimals, or with the third where there is one."""
	value = Decimal(thousandths).scaleb(-PLACES)
	return str(value.quantize(Decimal("0.01")) if value == round(value, 2) else value)


def rehearse(url: str, case: dict, folder: Path) -> Books:
	"""One run of `jarz-woo rehearse` over a case: its policy, its items, and the ledger of the run before."""
	policy = Policy()
	if "policy" in case:
		(folder / "policy.toml").write_text(case["policy"], encoding="utf-8")
		policy = load_policy(folder / "policy.toml")
	masters = MasterFiles()
	if "items" in case:
		masters = MasterFiles(items=folder / "items.csv")
		masters.items.write_text(case["items"], encoding="utf-8")
	said = StringIO()
	ledger = folder / "ledger.sqlite"
	with StoreClient(url, KEYS, sleep=lambda seconds: None, timeout=(2, 5)) as client:
		scope = Scope(store_statuses(client, None))
		rehearsal = RehearsalCommand(client, ledger, policy, scope, masters, Console(file=said, width=200))
		result = rehearsal.run(folder / "report")
	with SQLiteLedger.open_existing(ledger) as opened:
		return Books(ledger, result, said.getvalue(), {row.order_id: row for row in opened.booked_orders()})
