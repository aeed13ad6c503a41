"""Images of items that a product import has made, as public files of this site: fetched from the shop's own host, once each.

Until then, and where one isn't taken, the item has the image's address. A file is attached to its item and goes with it.
"""

import frappe
from frappe.model.document import Document
from frappe.utils.file_manager import get_max_file_size

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.ledger.erpnext.masters.products.images import attach
from jarz_woocommerce_integration.ledger.erpnext.refusals import message_of
from jarz_woocommerce_integration.services.products import imports
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.migration import enabled_store
from jarz_woocommerce_integration.store.http.images import LARGEST, ImageClient

# One a minute, so a shop may be out as long.
MOST_ATTEMPTS = 20
_WAITING = """
SELECT name, item, image, image_attempts FROM `tabWooCommerce Product Import Line`
WHERE product_import = %s AND image_state = 'Waiting' AND state = 'Done'
ORDER BY image_attempts, product_id, variation_id LIMIT 1
"""
_SAME = """
SELECT name, item FROM `tabWooCommerce Product Import Line`
WHERE product_import = %s AND image_state = 'Waiting' AND state = 'Done' AND image = %s
"""
_STORED = """
SELECT file.file_url FROM `tabWooCommerce Product Import Line` line
JOIN `tabFile` file ON file.attached_to_doctype = 'Item' AND file.attached_to_name = line.item AND file.attached_to_field = 'image'
WHERE line.product_import = %s AND line.image_state = 'Stored' AND line.image = %s LIMIT 1
"""
_IMPORTS = """
SELECT DISTINCT line.product_import FROM `tabWooCommerce Product Import Line` line
JOIN `tabWooCommerce Product Import` import ON import.name = line.product_import
WHERE line.image_state = 'Waiting' AND line.state = 'Done' AND import.status = 'Applied'
"""


def waiting_imports() -> list[int]:
	"""The imports whose items wait for images."""
	return [int(name) for name in frappe.db.sql(_IMPORTS, pluck=True)]


def fetch(name: int) -> dict[str, int]:
	"""Store the images that an import waits for, until something else is done with it or the shop is out. Commits.

	:returns: {"stored", "refused"}: how many items
	"""
	counts = {"stored": 0, "refused": 0}
	store = enabled_store(imports.get(name).store)
	budget = site_store.budget_of(store)
	with _client(store) as client:
		while line := _next(name):
			if not (known := frappe.db.sql(_STORED, (name, line.image), pluck=True)):
				budget.acquire()
			try:
				_store(client, name, line, known[0] if known else "", counts)
			except StoreError as error:
				# Another item goes first the next time.
				_failed(name, line, error, counts)
				if error.retryable:
					break
			frappe.db.commit()
	frappe.db.commit()
	return counts


def _client(store: Document) -> ImageClient:
	with site_store.known_client(store) as client:
		shop = (store.url, client.home)
	return ImageClient(shop, site_store.destinations(), largest=min(LARGEST, get_max_file_size()))


def _next(name: int) -> frappe._dict | None:
	"""The next line; none while lines are approved or undone."""
	frappe.db.rollback()
	if frappe.db.get_value(imports.IMPORT, name, "status") != imports.APPLIED:
		return None
	rows = frappe.db.sql(_WAITING, name, as_dict=True)
	return rows[0] if rows else None


def _store(client: ImageClient, name: int, line: frappe._dict, file_url: str, counts: dict[str, int]) -> None:
	"""One image, for all items that have it. :param file_url: where it was stored already; :raises StoreError: it isn't taken"""
	content = b""
	extension = file_url.rpartition(".")[2]
	if not file_url:
		image = client.fetch(line.image)
		content, extension = image.content, image.extension
	for row in frappe.db.sql(_SAME, (name, line.image), as_dict=True):
		frappe.db.savepoint("woo_image")
		try:
			file_url = attach(row.item, line.image, extension, content, file_url)
		except frappe.ValidationError as error:
			# The site takes no more files of this item, or none of this kind.
			frappe.db.rollback(save_point="woo_image")
			_refuse(row.name, message_of(error), counts)
			frappe.clear_messages()
			continue
		_mark(row.name, image_state=import_lines.STORED, image_error=None)
		counts["stored"] += 1


def _failed(name: int, line: frappe._dict, error: StoreError, counts: dict[str, int]) -> None:
	for row in frappe.db.sql(_SAME, (name, line.image), as_dict=True):
		if error.retryable and line.image_attempts + 1 < MOST_ATTEMPTS:
			_mark(
				row.name,
				image_attempts=line.image_attempts + 1,
				image_error=import_lines.stored(str(error)),
			)
		else:
			_refuse(row.name, str(error), counts)


def _refuse(name: str, why: str, counts: dict[str, int]) -> None:
	_mark(name, image_state=import_lines.IMAGE_REFUSED, image_error=import_lines.stored(why))
	counts["refused"] += 1


def _mark(name: str, **values) -> None:
	frappe.db.set_value(import_lines.LINE, name, values, update_modified=False)
