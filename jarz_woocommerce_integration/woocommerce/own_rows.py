"""Rows that this app alone writes, with SQL. They are evidence, so no door of Frappe's writes them, whoever knocks."""

import frappe
from frappe import _
from frappe.model.document import Document


class OwnRow(Document):
	"""A document that is never inserted, saved, renamed or deleted through Frappe: not by REST, import or permission."""

	def before_insert(self):
		self._refuse()

	def before_validate(self):
		self._refuse()

	def before_rename(self, *names):
		self._refuse()

	def on_trash(self):
		self._refuse()

	def _refuse(self):
		frappe.throw(
			_("{0} is written by the sync alone, and can't be changed by hand.").format(_(self.doctype)),
			frappe.PermissionError,
		)
