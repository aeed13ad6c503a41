"""Sockets of the sample store: threads, keep-alive, and connections that end where a fault says so."""

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request

_LARGEST_BODY = 10_000_000


class _Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	# One write for each answer, sent at once.
	wbufsize = -1
	disable_nagle_algorithm = True
	# An idle connection doesn't hold a thread for ever.
	timeout = 60
	server: "Listener"

	def version_string(self) -> str:
		return "nginx/1.22.1"

	def log_message(self, format: str, *args: Any) -> None:
		"""Nothing: tests and rehearsals have their own log."""

	def _answer(self) -> None:
		length = min(int(self.headers.get("Content-Length") or 0), _LARGEST_BODY)
		headers = {name.lower(): value for name, value in self.headers.items()}
		body = self.rfile.read(length) if length else b""
		answer = self.server.answer(Request(self.command, self.path, headers, body))
		if answer.delay:
			time.sleep(answer.delay)
		self._send(answer)

	do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

	def _send(self, answer: Answer) -> None:
		if answer.cut is not None:
			self.close_connection = True
		if answer.cut == -1:
			return
		self.send_response(answer.status)
		self.send_header("Content-Type", answer.content_type)
		self.send_header("Content-Length", str(len(answer.body)))
		for name, value in answer.headers:
			self.send_header(name, value)
		self.end_headers()
		if self.command != "HEAD":
			self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
		self.wfile.flush()

	def handle(self) -> None:
		try:
			super().handle()
		except (ConnectionError, TimeoutError):
			# The client went away, as killed rehearsals do.
			self.close_connection = True

	def finish(self) -> None:
		try:
			super().finish()
		except (ConnectionError, TimeoutError, ValueError):
			self.rfile.close()


class Listener(ThreadingHTTPServer):
	"""Listens on a port and hands requests to `answer`."""

	daemon_threads = True
	# Ending doesn't wait for connections that clients keep open.
	block_on_close = False
	request_queue_size = 64

	def __init__(self, answer: Callable[[Request], Answer], host: str, port: int):
		self.answer = answer
		super().__init__((host, port), _Handler)

	@property
	def url(self) -> str:
		host, port = map(str, self.server_address[:2])
		return f"http://{host}:{port}"

	def server_bind(self) -> None:
		"""Without http.server's look-up of the machine's name, which may take seconds on a bare one."""
		self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		self.socket.bind(self.server_address)
		self.server_address = self.socket.getsockname()
		self.server_name, self.server_port = self.socket.getsockname()[:2]
