"""Images of items that an import has made, stored as files of the site."""

import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.services.products import images, imports, jobs
from jarz_woocommerce_integration.store.http.images import ImageClient
from jarz_woocommerce_integration.tests.products.import_case import (
	LINE,
	PREFIX,
	STORE,
	ImportTestCase,
	simple,
	variable,
)


def png(shade: int) -> bytes:
	"""A picture of one pixel."""

	def part(kind: bytes, data: bytes) -> bytes:
		return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

	header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
	pixels = zlib.compress(bytes((0, shade)))
	return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


class TestImages(ImportTestCase):
	"""The shop's host answers `self.answers`: path -> bytes, or a status."""

	def setUp(self):
		super().setUp()
		self.answers, self.asked = {}, []
		self.server = self.serve()
		self.choose("Stored")
		self.addCleanup(self.choose, "Address")
		client = ImageClient([self.url()], largest=10_000)
		self.enterContext(patch.object(images, "_client", lambda store: client))

	def serve(self) -> ThreadingHTTPServer:
		case = self

		class Handler(BaseHTTPRequestHandler):
			def do_GET(self):
				case.asked.append(self.path)
				answer = case.answers.get(self.path, 404)
				self.send_response(answer if isinstance(answer, int) else 200)
				self.end_headers()
				if isinstance(answer, bytes):
					self.wfile.write(answer)

			def log_message(self, *arguments):
				pass

		server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		threading.Thread(target=server.serve_forever, daemon=True).start()
		self.addCleanup(server.server_close)
		self.addCleanup(server.shutdown)
		return server

	def choose(self, choice: str) -> None:
		frappe.db.set_value("WooCommerce Store", STORE, "product_images", choice)
		frappe.db.commit()

	def url(self, path: str = "") -> str:
		return f"http://127.0.0.1:{self.server.server_port}{path}"

	def product(self, identifier: int, path: str, **fields) -> dict:
		return simple(identifier, images=[{"id": 1, "src": self.url(path)}], **fields)

	def applied(self, *bodies) -> int:
		name = self.plan(*bodies)
		self.apply(name)
		return name

	def image_of(self, code: str) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Item", code, "image")

	def files_of(self, code: str) -> list:
		filters = {"attached_to_doctype": "Item", "attached_to_name": code}
		return frappe.get_all("File", filters, ["file_url", "is_private", "file_name"])

	def test_an_image_becomes_a_public_file_of_its_item(self):
		self.answers["/a.html"] = png(1)
		name = self.applied(self.product(1, "/a.html"))
		self.assertEqual(self.image_of(f"{PREFIX}-1"), self.url("/a.html"))
		self.assertEqual(jobs.fetch_images(name), {"stored": 1, "refused": 0})
		(file,) = self.files_of(f"{PREFIX}-1")
		self.assertEqual((file.is_private, self.image_of(f"{PREFIX}-1")), (0, file.file_url))
		self.assertTrue(file.file_url.startswith(f"/files/{PREFIX}-1") and file.file_url.endswith(".png"))
		self.assertEqual(self.line(name, 1).image_state, "Stored")
		self.assertEqual(jobs.fetch_images(name), {"stored": 0, "refused": 0})

	def test_an_image_of_many_is_fetched_once(self):
		self.answers["/a.png"] = png(2)
		name = self.applied(
			*variable(3, images=[{"id": 1, "src": self.url("/a.png")}]), self.product(4, "/a.png")
		)
		self.assertEqual(jobs.fetch_images(name)["stored"], 4)
		self.assertEqual(self.asked, ["/a.png"])
		codes = frappe.get_all(LINE, {"product_import": name}, pluck="item")
		self.assertEqual(len({self.image_of(code) for code in codes}), 1)

	def test_an_image_that_was_stored_before_is_not_fetched_for_a_later_product(self):
		self.answers["/a.png"] = png(3)
		name = self.applied(self.product(1, "/a.png"), self.product(2, "/a.png"))
		frappe.db.set_value(LINE, self.line(name, 2).name, "image_state", "")
		frappe.db.commit()
		jobs.fetch_images(name)
		frappe.db.set_value(LINE, self.line(name, 2).name, "image_state", "Waiting")
		frappe.db.commit()
		self.assertEqual(jobs.fetch_images(name)["stored"], 1)
		self.assertEqual(self.asked, ["/a.png"])
		self.assertEqual(self.image_of(f"{PREFIX}-1"), self.image_of(f"{PREFIX}-2"))

	def test_what_is_no_image_and_what_is_elsewhere_is_refused_and_keeps_its_address(self):
		self.answers |= {"/a.png": b"<script>x()</script>", "/c.png": b"\x89PNG\r\n\x1a\n" + b"x" * 20_000}
		elsewhere = simple(2, images=[{"id": 1, "src": "http://169.254.169.254/a.png"}])
		name = self.applied(
			self.product(1, "/a.png"), elsewhere, self.product(3, "/c.png"), self.product(4, "/gone")
		)
		self.assertEqual(jobs.fetch_images(name), {"stored": 0, "refused": 4})
		self.assertEqual(self.image_of(f"{PREFIX}-2"), "http://169.254.169.254/a.png")
		errors = [self.line(name, number).image_error for number in (1, 2, 3, 4)]
		self.assertIn("no image", errors[0])
		self.assertIn("own host", errors[1])
		self.assertIn("larger", errors[2])
		self.assertIn("404", errors[3])
		self.assertEqual(self.asked, ["/a.png", "/c.png", "/gone"])

	def test_a_shop_that_is_out_is_asked_again_later(self):
		self.answers["/a.png"] = 503
		name = self.applied(self.product(1, "/a.png"), self.product(2, "/b.png"))
		self.assertEqual(jobs.fetch_images(name), {"stored": 0, "refused": 0})
		self.assertEqual((self.line(name, 1).image_state, self.line(name, 1).image_attempts), ("Waiting", 1))
		self.answers |= {"/a.png": png(4), "/b.png": png(5)}
		self.assertEqual(images.waiting_imports(), [name])
		self.assertEqual(jobs.fetch_images(name), {"stored": 2, "refused": 0})
		self.assertEqual(self.asked, ["/a.png", "/b.png", "/a.png"])

	def test_a_shop_that_stays_out_is_left_alone(self):
		name = self.applied(self.product(1, "/a.png"))
		with patch.object(ImageClient, "fetch", side_effect=StoreUnreachableError("Out.")):
			for _ in range(images.MOST_ATTEMPTS):
				jobs.fetch_images(name)
		self.assertEqual(self.line(name, 1).image_state, "Refused")
		self.assertEqual(images.waiting_imports(), [])

	def test_what_a_person_has_put_there_stays(self):
		self.answers["/a.png"] = png(6)
		name = self.applied(self.product(1, "/a.png"))
		frappe.db.set_value("Item", f"{PREFIX}-1", "image", "/files/own.png")
		frappe.db.commit()
		jobs.fetch_images(name)
		self.assertEqual(self.image_of(f"{PREFIX}-1"), "/files/own.png")

	def test_an_undo_takes_the_file_along(self):
		self.answers["/a.png"] = png(7)
		name = self.applied(self.product(1, "/a.png"))
		jobs.fetch_images(name)
		on_disk = Path(frappe.get_site_path("public", self.image_of(f"{PREFIX}-1").lstrip("/")))
		self.assertTrue(on_disk.exists())
		self.undo(name)
		self.assertFalse(frappe.db.exists("Item", f"{PREFIX}-1"))
		self.assertEqual(self.files_of(f"{PREFIX}-1"), [])
		self.assertFalse(on_disk.exists())

	def test_nothing_is_fetched_while_an_import_is_undone(self):
		name = self.applied(self.product(1, "/a.png"))
		imports.write(name, status=imports.UNDOING)
		frappe.db.commit()
		self.assertEqual(images.waiting_imports(), [])
		self.assertEqual(jobs.fetch_images(name), {"stored": 0, "refused": 0})
		self.assertEqual(self.asked, [])

	def test_addresses_are_kept_where_the_store_says_so(self):
		self.choose("Address")
		name = self.applied(self.product(1, "/a.png"))
		self.assertEqual(images.waiting_imports(), [])
		self.assertEqual(
			(self.line(name, 1).image_state, self.image_of(f"{PREFIX}-1")), (None, self.url("/a.png"))
		)

	def test_an_item_that_was_there_keeps_its_image(self):
		self.make_item(f"{PREFIX}-1")
		self.applied(self.product(1, "/a.png"))
		self.assertEqual(images.waiting_imports(), [])
