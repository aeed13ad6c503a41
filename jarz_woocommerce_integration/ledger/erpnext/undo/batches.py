"""Undoes what one run booked, batch by batch: orders newest first, then masters, each batch wholly or not at all.

Where it is stands with the run and is committed with each batch, so that it goes on wherever it was killed.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import frappe
from erpnext.setup.doctype.company.company import update_company_current_month_sales
from frappe.utils.global_search import sync_global_search

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.transactions import (
	again_after_deadlock,
	fresh_snapshot,
	without_gap_locks,
)
from jarz_woocommerce_integration.ledger.erpnext.undo.evidence import undo_evidence
from jarz_woocommerce_integration.ledger.erpnext.undo.masters import (
	ADDRESS,
	CONTACT,
	CUSTOMER,
	ITEM,
	SECOND_CUSTOMERS,
	MastersUndo,
)
from jarz_woocommerce_integration.ledger.erpnext.undo.order_map import forget_listed
from jarz_woocommerce_integration.ledger.erpnext.undo.orders import OrdersUndo
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore
from jarz_woocommerce_integration.ledger.erpnext.undo.units import Kept

RUN = "WooCommerce Sync Run"
STORE = "WooCommerce Store"
FEWEST_AT_ONCE = 25
# Untouched rows are deleted at once. Where others were found among them, whose locks would last too long, the next batch is small.
MOST_AT_ONCE = 500
LISTED_AT_ONCE = 500
MOST_KEPT = 1000
HIGHEST_ID = 2**63 - 1
MASTERS = (SECOND_CUSTOMERS, CUSTOMER, CONTACT, ADDRESS, ITEM)
PHASES = ("orders", "listed", *MASTERS, "done")

# Each part by its index, without what comes later in the run.
_ORDERS = """
(SELECT DISTINCT woo_order_id FROM `tabSales Invoice`
	WHERE woo_run = %(run)s AND woo_store = %(store)s AND woo_order_id < %(below)s ORDER BY woo_order_id DESC LIMIT %(limit)s)
UNION (SELECT DISTINCT woo_order_id FROM `tabPayment Entry`
	WHERE woo_run = %(run)s AND woo_store = %(store)s AND woo_order_id < %(below)s ORDER BY woo_order_id DESC LIMIT %(limit)s)
UNION (SELECT DISTINCT woo_order_id FROM `tabSales Order`
	WHERE woo_run = %(run)s AND woo_store = %(store)s AND woo_order_id < %(below)s ORDER BY woo_order_id DESC LIMIT %(limit)s)
UNION (SELECT DISTINCT woo_order_id FROM `tabDelivery Note`
	WHERE woo_run = %(run)s AND woo_store = %(store)s AND woo_order_id < %(below)s ORDER BY woo_order_id DESC LIMIT %(limit)s)
ORDER BY woo_order_id DESC LIMIT %(limit)s
"""
_COUNTED = """
SELECT (SELECT count(*) FROM `tabSales Invoice` WHERE woo_run = %(run)s AND is_return = 0),
	(SELECT count(*) FROM `tabSales Invoice` WHERE woo_run = %(run)s AND is_return = 1),
	(SELECT count(*) FROM `tabPayment Entry` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabSales Order` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabDelivery Note` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabCustomer` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabContact` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabAddress` WHERE woo_run = %(run)s),
	(SELECT count(*) FROM `tabItem` WHERE woo_run = %(run)s)
"""
COUNTED = (
	*("invoices", "credit_notes", "payments", "sales_orders", "delivery_notes"),
	*("customers", "contacts", "addresses", "items"),
)
_EARLIER = """
SELECT count(*) FROM `tabWooCommerce Sync Run`
WHERE store = %s AND name < %s AND kind IN ('Migration', 'Live Sync') AND status <> 'Undone'
"""
_LAST_COMPLETE = """
SELECT name, before_gmt FROM `tabWooCommerce Sync Run`
WHERE store = %s AND name <> %s AND kind = 'Migration' AND status = 'Completed' ORDER BY name DESC LIMIT 1
"""


@dataclass
class UndoState:
	"""How far an undo is, as committed.

	:ivar phase: one of `PHASES`; :ivar after: what the phase is past: an order's id, or a master's name
	:ivar series: prefix -> DocTypes, of number series that are put back when the phase ends
	:ivar undone: so many orders; :ivar kept: documents that stay, of which `documents` lists the first
	"""

	phase: str = PHASES[0]
	after: int | str = HIGHEST_ID
	series: dict[str, list[str]] = field(default_factory=dict)
	undone: int = 0
	kept: int = 0
	documents: list[dict] = field(default_factory=list)

	@property
	def is_done(self) -> bool:
		return self.phase == PHASES[-1]

	def keep(self, kept: list[Kept]) -> None:
		self.kept += len(kept)
		self.documents += [asdict(one) for one in kept[: max(MOST_KEPT - len(self.documents), 0)]]


class RunUndo:
	"""The undo of one run. Nothing may be pending in the connection, and nothing else may migrate the store.

	:ivar state: as of the last commit
	"""

	def __init__(self, run: int):
		row = frappe.db.get_value(
			RUN, run, ("store", "started", "status", "series_before", "undo_position"), as_dict=True
		)
		self.run = run
		self.store = row.store
		self.company = frappe.db.get_value(STORE, row.store, "company")
		self.series = SeriesBefore(json.loads(row.series_before) if row.series_before else None)
		born = row.started if frappe.db.sql(_EARLIER, (row.store, run))[0][0] else None
		self.orders = OrdersUndo(run, row.store, self.series, born, self.company)
		self.masters = MastersUndo(run, self.series, self.company)
		self._at_once = MOST_AT_ONCE
		self.state = _state_of(run, row.undo_position) if row.status == "Undoing" else UndoState()

	@again_after_deadlock
	def begin(self) -> None:
		"""Mark the run. One that was begun already goes on where it was."""
		fresh_snapshot()
		# What was booked just now still waits to be found by the global search, and would be found when it is gone.
		sync_global_search()
		self._write(status="Undoing")
		frappe.db.commit()

	@again_after_deadlock
	def step(self) -> None:
		"""Undo the next batch and commit it."""
		try:
			with without_gap_locks():
				fresh_snapshot()
				state = UndoState(**{**vars(self.state), "documents": list(self.state.documents)})
				with booking_environment(historical=True):
					self._step_of(state.phase)(state)
				self._put_back_series(state)
				self.state = state
				self._write()
				frappe.db.commit()
		except BaseException:
			frappe.db.rollback()
			self.series.forget()
			self.orders.poster.forget()
			self._at_once = FEWEST_AT_ONCE
			self.state = _read_state(self.run)
			raise
		compat.forget_documents()

	@again_after_deadlock
	def finish(self) -> None:
		"""All is gone that may go: the company's sales, the store's last run and the run itself say so."""
		fresh_snapshot()
		update_company_current_month_sales(self.company)
		last = frappe.db.sql(_LAST_COMPLETE, (self.store, self.run))
		run, until = last[0] if last else (None, None)
		values = {"last_run": str(run) if run else None, "migrated_until": until}
		frappe.db.set_value(STORE, self.store, values, update_modified=False)
		self._write(status="Undone")
		frappe.db.commit()

	# --- the phases ---

	def _step_orders(self, state: UndoState) -> None:
		values = {"run": self.run, "store": self.store, "below": state.after, "limit": self._at_once}
		order_ids = frappe.db.sql(_ORDERS, values, pluck=True)
		if not order_ids:
			return _next(state)
		undone = self.orders.undo(order_ids)
		state.undone += len(undone.orders)
		state.keep(undone.kept)
		state.after = undone.last
		self._note_size(undone.last == min(order_ids))

	def _step_listed(self, state: UndoState) -> None:
		if not forget_listed(self.store, self.run, self.orders.born, LISTED_AT_ONCE):
			_next(state)

	def _step_masters(self, state: UndoState) -> None:
		names = self.masters.next_names(state.phase, str(state.after), self._at_once)
		if names:
			undone = self.masters.undo(state.phase, names)
			state.keep(undone.kept)
			state.after = undone.last
			self._note_size(undone.last == names[-1])
			return
		if state.phase == ITEM:
			self.masters.forget_links()
			state.keep(undo_evidence(self.run))
		_next(state)

	def _step_of(self, phase: str) -> Callable[[UndoState], None]:
		return {"orders": self._step_orders, "listed": self._step_listed}.get(phase, self._step_masters)

	def _note_size(self, is_whole: bool) -> None:
		"""How large the next batch is. :param is_whole: all of the last one was dealt with"""
		self._at_once = min(4 * self._at_once, MOST_AT_ONCE) if is_whole else FEWEST_AT_ONCE

	def _put_back_series(self, state: UndoState) -> None:
		"""Those of vouchers once, after all orders: the numbers in use are looked for among all vouchers of the site."""
		self.series.note_prefixes(state.series)
		if state.phase == PHASES[0]:
			state.series = self.series.noted()
		else:
			state.series = {}
			self.series.put_back()

	def _write(self, **values) -> None:
		state = self.state
		values |= {
			"undone": state.undone,
			"kept": state.kept,
			"kept_documents": json.dumps(state.documents, ensure_ascii=False, indent=1),
			"undo_position": json.dumps({"phase": state.phase, "after": state.after, "series": state.series}),
		}
		frappe.db.set_value(RUN, self.run, values)


def count_documents(run: int) -> dict[str, int]:
	"""How many documents carry the run's mark, by `COUNTED`."""
	return dict(zip(COUNTED, frappe.db.sql(_COUNTED, {"run": run})[0], strict=True))


def _next(state: UndoState) -> None:
	state.phase = PHASES[PHASES.index(state.phase) + 1]
	state.after = ""


def _read_state(run: int) -> UndoState:
	return _state_of(run, frappe.db.get_value(RUN, run, "undo_position"))


def _state_of(run: int, position: str | None) -> UndoState:
	if not position:
		return UndoState()
	row = frappe.db.get_value(RUN, run, ("undone", "kept", "kept_documents"), as_dict=True)
	documents = json.loads(row.kept_documents) if row.kept_documents else []
	return UndoState(**json.loads(position), undone=row.undone or 0, kept=row.kept or 0, documents=documents)
