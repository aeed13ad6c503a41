"""Files of items' images. Commits nothing."""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.masters.products.items import ITEM
from jarz_woocommerce_integration.ledger.private_files import file_name

# Whatever a person has put there since stays.
_SET_IMAGE = "UPDATE `tabItem` SET image = %s WHERE name = %s AND image = %s"


def attach(item: str, address: str, extension: str, content: bytes = b"", file_url: str = "") -> str:
	"""Attach a public file to an item, which shows it instead of this address. The item counts as unchanged.

	:param file_url: of a file that has the content already
	:returns: the file's URL; :raises frappe.ValidationError: the site doesn't take it
	"""
	values = {
		"doctype": "File",
		"file_name": f"{file_name(item)}.{extension}",
		"attached_to_doctype": ITEM,
		"attached_to_name": item,
		"attached_to_field": "image",
		"is_private": 0,
		"file_url": file_url or None,
		"content": None if file_url else content,
	}
	file = frappe.get_doc(values).insert(ignore_permissions=True)
	frappe.db.sql(_SET_IMAGE, (file.file_url, item, address))
	frappe.clear_document_cache(ITEM, item)
	return file.file_url
