"""One commit of a product import or its undo."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster, booking_environment
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot, without_gap_locks


@contextmanager
def one_commit(poster: Poster) -> Iterator[None]:
	"""Write in the environment of a booking, and commit at the end; nothing is left where it ends badly. Nothing may be pending."""
	try:
		with without_gap_locks():
			fresh_snapshot()  # whose transaction is one that locks rows alone
			with booking_environment(historical=True):
				yield
			poster.stamp()
			frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		poster.forget()
		raise
	poster.after_commit()
	compat.forget_documents()
