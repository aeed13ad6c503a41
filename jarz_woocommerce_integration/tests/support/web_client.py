"""Requests to the site as its web server gets them: through Frappe's own WSGI application, in a process that runs tests."""

from concurrent.futures import ThreadPoolExecutor

import frappe
from frappe.app import application
from werkzeug.test import Client, TestResponse


class WebClient:
	"""A client of the site. Use it as a context manager.

	Frappe ends what it knows of the site with each request, so the requests are made in a thread of their own.
	"""

	def __init__(self):
		self.site = frappe.local.site
		self._client = Client(application)
		self._thread = ThreadPoolExecutor(1)

	def __enter__(self) -> "WebClient":
		return self

	def __exit__(self, *exception) -> None:
		self._thread.shutdown()

	def post(self, path: str, **request) -> TestResponse:
		"""POST; `data`, `headers` and so on as werkzeug's client takes them."""
		return self.open("POST", path, **request)

	def open(self, method: str, path: str, headers: dict | None = None, **request) -> TestResponse:
		headers = {"X-Frappe-Site-Name": self.site, **(headers or {})}
		return self._thread.submit(
			self._client.open, path, method=method, headers=headers, **request
		).result()
