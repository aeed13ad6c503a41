"""Images are taken from the shop's own host, and from a hostile one nothing that isn't an image."""

import gzip
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jarz_woocommerce_integration.exceptions import (
	ImageRefusedError,
	PrivateAddressError,
	StoreNotFoundError,
	StoreUnreachableError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.store.http.destinations import PublicDestinations
from jarz_woocommerce_integration.store.http.images import ImageClient, extension_of

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 500
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 500
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"x" * 50


@pytest.fixture
def server():
	"""A server that answers with what `server.answers` says: path -> (status, headers, body or pieces)."""

	class Handler(BaseHTTPRequestHandler):
		def do_GET(self):
			self.server.asked.append((self.path, dict(self.headers)))
			status, headers, body = self.server.answers[self.path]
			self.send_response(status)
			for name, value in headers.items():
				self.send_header(name, value)
			self.end_headers()
			try:
				for piece in [body] if isinstance(body, bytes) else body:
					self.wfile.write(piece)
			except OSError:
				self.server.hung_up.set()

		def log_message(self, *arguments):
			pass

	httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	httpd.daemon_threads = True
	httpd.answers, httpd.asked, httpd.hung_up = {}, [], threading.Event()
	httpd.url = f"http://127.0.0.1:{httpd.server_port}"
	threading.Thread(target=httpd.serve_forever, daemon=True).start()
	yield httpd
	httpd.shutdown()
	httpd.server_close()


@contextmanager
def client(server, **options):
	with ImageClient([server.url], **options) as images:
		yield images


def answer(server, body, status=200, **headers):
	server.answers["/a"] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
	return f"{server.url}/a"


@pytest.mark.parametrize(
	("content", "extension"), [(JPEG, "jpg"), (PNG, "png"), (WEBP, "webp"), (b"GIF89a..", "gif")]
)
def test_an_image_is_known_by_its_content_whatever_it_is_called(server, content, extension):
	address = answer(server, content, Content_Type="text/html")
	with client(server) as images:
		image = images.fetch(address)
	assert (image.content, image.extension) == (content, extension)


@pytest.mark.parametrize(
	"content",
	[
		b"",
		b"<html>",
		b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>",
		b"%PDF-1.7",
		b"RIFF....AVI ",
	],
)
def test_what_is_no_image_is_refused_though_it_says_that_it_is_one(server, content):
	assert extension_of(content) == ""
	with client(server) as images, pytest.raises(ImageRefusedError, match="no image"):
		images.fetch(answer(server, content, Content_Type="image/png"))


def test_neither_key_nor_cookie_is_sent(server):
	address = answer(server, JPEG, Set_Cookie="session=1")
	with client(server) as images:
		images.fetch(address)
		images.fetch(address)
	for _path, headers in server.asked:
		assert not {"Authorization", "Cookie"} & headers.keys()


@pytest.mark.parametrize(
	"address",
	[
		"http://10.0.0.1/a.jpg",
		"http://169.254.169.254/latest/meta-data",
		"http://shop.example.evil.example/a.jpg",
		"http://shop.example@evil.example/a.jpg",
		"http://evil.example/?http://shop.example/a.jpg",
		"http://shop.example:6379/a.jpg",
		"ftp://shop.example/a.jpg",
		"file:///etc/passwd",
		"//shop.example/a.jpg",
		"http://[::1/a.jpg",
		"http://user:secret@shop.example/a.jpg",
		"",
	],
)
def test_only_the_shops_own_host_and_port_are_asked(address):
	with ImageClient(["https://shop.example"]) as images, pytest.raises(ImageRefusedError, match="own host"):
		images.fetch(address)


@pytest.mark.parametrize(
	"address",
	["https://shop.example/a.jpg", "http://www.shop.example/a.jpg", "https://SHOP.example.:443/a.jpg"],
)
def test_a_shop_is_known_with_and_without_www_and_https(address):
	with ImageClient(["https://shop.example"]) as images:
		assert images.is_of_the_shop(address)


def test_a_name_of_the_shop_that_leads_into_a_private_network_is_not_asked(server):
	address = answer(server, JPEG).replace("127.0.0.1", "localhost")
	shop = ImageClient([address], PublicDestinations())
	with shop as images, pytest.raises(PrivateAddressError):
		images.fetch(address)
	assert server.asked == []


def test_a_redirect_on_the_same_host_is_followed(server):
	server.answers["/b"] = (200, {}, JPEG)
	with client(server) as images:
		assert images.fetch(answer(server, b"", 302, Location="/b")).content == JPEG


@pytest.mark.parametrize(
	"target", ["http://169.254.169.254/", "http://127.0.0.1:6379/", "file:///etc/passwd"]
)
def test_a_redirect_to_elsewhere_is_not_followed(server, target):
	with client(server) as images, pytest.raises(ImageRefusedError, match="own host"):
		images.fetch(answer(server, b"", 302, Location=target))
	assert len(server.asked) == 1


def test_redirects_without_end_are_not_followed(server):
	with client(server) as images, pytest.raises(ImageRefusedError, match="redirect"):
		images.fetch(answer(server, b"", 302, Location="/a"))
	assert len(server.asked) == 4


def test_what_says_that_it_is_too_large_is_not_read(server):
	address = answer(server, JPEG, Content_Length=str(10**9))
	with client(server, largest=1000) as images, pytest.raises(ImageRefusedError, match="larger"):
		images.fetch(address)


def test_what_never_ends_is_read_as_far_as_the_limit(server):
	address = answer(server, (JPEG for _ in iter(int, 1)))
	with client(server, largest=100_000) as images, pytest.raises(ImageRefusedError, match="larger"):
		images.fetch(address)
	assert server.hung_up.wait(5)


def test_what_is_packed_is_not_unpacked(server):
	address = answer(server, gzip.compress(b"\x89PNG\r\n\x1a\n" + b"0" * 10**7), Content_Encoding="gzip")
	with client(server) as images, pytest.raises(ImageRefusedError, match="no image"):
		images.fetch(address)


def test_what_comes_in_drops_ends_in_time(server):
	def drops():
		yield JPEG
		while not server.hung_up.is_set():
			time.sleep(0.05)
			yield b"x"

	started = time.monotonic()
	with client(server, most_seconds=0.3) as images, pytest.raises(StoreUnreachableError, match="too long"):
		images.fetch(answer(server, drops()))
	assert time.monotonic() - started < 5


def test_an_image_that_is_cut_off_may_come_whole_later(server):
	with client(server) as images, pytest.raises(StoreUnreachableError) as raised:
		images.fetch(answer(server, JPEG, Content_Length=str(len(JPEG) + 10)))
	assert raised.value.retryable


@pytest.mark.parametrize(
	("status", "error"),
	[(404, StoreNotFoundError), (403, StoreNotFoundError), (503, StoreUnwellError), (429, StoreUnwellError)],
)
def test_an_image_that_is_not_there_is_told_from_a_shop_that_is_unwell(server, status, error):
	with client(server) as images, pytest.raises(error):
		images.fetch(answer(server, b"", status))


def test_a_shop_that_is_out_may_come_back():
	with ImageClient(["http://127.0.0.1:9"]) as images, pytest.raises(StoreUnreachableError) as raised:
		images.fetch("http://127.0.0.1:9/a.jpg")
	assert raised.value.retryable
