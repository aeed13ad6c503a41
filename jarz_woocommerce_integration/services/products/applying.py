"""Applying approved lines of a product import: in batches of one commit each, each line for itself.

What the site refuses is marked with the refusal. Killed at any instant, the same call goes on where it was.
"""

import threading
from collections.abc import Callable, Collection

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import ProductImportError, WooCommerceIntegrationError
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.masters.products.items import ProductItems
from jarz_woocommerce_integration.ledger.erpnext.masters.products.lines import ApprovedLine
from jarz_woocommerce_integration.ledger.erpnext.masters.products.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.masters.products.transaction import one_commit
from jarz_woocommerce_integration.ledger.erpnext.masters.products.undo import made_of
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, message_of
from jarz_woocommerce_integration.ledger.erpnext.transactions import again_after_deadlock, fresh_snapshot
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.products import imports
from jarz_woocommerce_integration.translation.amounts.lines import unknown_line
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.products.drafts import Act

LINE = import_lines.LINE
AT_ONCE = 50
CHOSEN = ("Link", "Create")
_HELD = """
SELECT woo_order_id, message FROM `tabWooCommerce Order Map` WHERE store = %s AND state = %s AND reason = 'unknown_item'
"""
_LINKED = (
	"SELECT product_id, variation_id FROM `tabWooCommerce Item Link` WHERE store = %s AND product_id > 0"
)


def approve(name: int, lines: Collection[str] | None = None) -> int:
	"""Approve lines: they are applied next, by `apply`. Commits nothing.

	:param lines: names of lines, None for all that a person or the plan says something is to be done with
	:returns: how many were approved
	:raises ProductImportError: the import isn't open, or none of the lines can be applied
	"""
	document = imports.get(name)
	imports.check_open(document)
	imports.refuse_beside_another(document.store)
	filters: dict = {
		"product_import": name,
		"state": ("in", (import_lines.OPEN, import_lines.REFUSED)),
		"action": ("in", CHOSEN),
	}
	if lines is not None:
		filters["name"] = ("in", list(lines) or [""])
	chosen = frappe.get_all(LINE, filters, pluck="name")
	if not chosen:
		raise ProductImportError(
			"No line of these is open and says Link or Create.", "Say in a line what is to be done with it."
		)
	line = frappe.qb.DocType(LINE)
	query = frappe.qb.update(line).set(line.state, import_lines.APPROVED).set(line.modified, now_datetime())
	query.set(line.modified_by, frappe.session.user).where(line.name.isin(chosen)).run()
	imports.write(
		name,
		status=imports.APPLYING,
		approved_by=frappe.session.user,
		approved_at=now_datetime(),
		last_error=None,
	)
	return len(chosen)


def apply(
	name: int,
	on_progress: Callable[[dict[str, int]], None] = lambda counts: None,
	stop: threading.Event | None = None,
) -> dict[str, int]:
	"""Apply all approved lines, and have orders booked that were held for what has an item now. Commits.

	:param on_progress: called with the counts after each batch; :param stop: set it to end at the next batch
	:returns: counts by the names of the import's fields
	"""
	work = _Applying(name)
	fresh_snapshot()
	work.add_surroundings()
	while not (stop and stop.is_set()) and work.step():
		on_progress(imports.renew_counts(name))
		frappe.db.commit()
	counts = imports.renew_counts(name)
	if not import_lines.approved_lines(name, 1):
		imports.write(name, status=imports.APPLIED, finished=now_datetime())
		_free_held_orders(work.document.store)
	frappe.db.commit()
	return counts


class _Applying:
	def __init__(self, name: int):
		self.name = name
		self.document = imports.get(name)
		self.poster = Poster(historical=True)
		self.items = ProductItems(imports.item_settings_of(self.document), self.poster)
		self.stores_images = imports.stores_images(self.document)

	@again_after_deadlock
	def add_surroundings(self) -> None:
		"""Item groups and attributes of all lines at once, before any of them."""
		made = made_of(frappe.db.get_value(imports.IMPORT, self.name, "made"))
		surroundings = Surroundings(self.poster, self.document.root_item_group, made)
		with one_commit(self.poster):
			surroundings.add_missing(import_lines.drafts_to_create(self.name))
			imports.write(self.name, made=frappe.as_json(surroundings.made))

	@again_after_deadlock
	def step(self) -> bool:
		"""Apply one batch. :returns: whether there was one"""
		with one_commit(self.poster):
			lines = import_lines.approved_lines(self.name, AT_ONCE)
			for line in lines:
				self._apply(line)
		return bool(lines)

	def _image(self, line: ApprovedLine) -> str:
		"""The address of an image that is to be stored; an item that was there before is left as it is."""
		is_made = line.act is Act.CREATE and line.draft is not None
		return line.draft.image if is_made and self.stores_images and line.draft else ""

	def _apply(self, line: ApprovedLine) -> None:
		try:
			with self.poster.savepoint("woo_product"), compat.messages_kept():
				item, made = self.items.apply(line)
				import_lines.mark_done(line.name, item, made, self._image(line))
		except OF_THE_WHOLE_PAGE:
			raise
		except WooCommerceIntegrationError as error:
			refusal = " ".join(part for part in (error.message, error.what_to_do) if part)
			import_lines.mark(line.name, import_lines.REFUSED, error=import_lines.stored(refusal))
		except Exception as error:
			# Whatever the site's own rules, scripts and other apps raise: it is this line's refusal.
			import_lines.mark(line.name, import_lines.REFUSED, error=message_of(error))


def _free_held_orders(store: str) -> None:
	"""Note the orders that were held for a product which is linked now. They are read again and booked."""
	linked = {tuple(row) for row in frappe.db.sql(_LINKED, store)}
	ids = [
		order_id
		for order_id, message in frappe.db.sql(_HELD, (store, OrderState.HELD.value))
		if (line := unknown_line(message or "")) and (line.product_id, line.variation_id) in linked
	]
	if ids:
		inbox.note_many(store, inbox.ORDER, ((order_id, None) for order_id in ids), inbox.PERSON)
		inbox.WORK.enqueue(store)
