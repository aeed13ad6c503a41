"""How fast the endpoint of webhooks answers at a steady rate, and whether a burst loses anything.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its inbox is wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/webhook_endpoint.py SITE [--rate 50] [--seconds 20] ...

The server is gunicorn as bench's own production configuration starts it, with so many `--workers`. Deliveries are signed
orders of 4 kB, each on a connection of its own, as WooCommerce sends them, and leave when they are due, whether those
before are answered or not; the time counts from then. No worker books: what a booking beside it costs isn't in here.
Exit code 0 when p99 is below `--limit` milliseconds, each answer was 200, and each delivery is a row.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from machine import machine_line

from jarz_woocommerce_integration.services.webhook_delivery import METHOD
from jarz_woocommerce_integration.services.webhooks import ensure_secret
from jarz_woocommerce_integration.tests.site import make_store
from jarz_woocommerce_integration.tests.workers import OwnRedis, wait_until

STORE = "Webhook Benchmark"
HOME = "webhook-benchmark.example"
SENDERS = 32
BODY = {"status": "processing", "currency": "EGP", "total": "120.50", "line_items": [{"name": "x" * 3900}]}


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument("--rate", type=float, default=50, help="deliveries a second")
	parser.add_argument("--seconds", type=float, default=20)
	parser.add_argument("--rounds", type=int, default=3)
	parser.add_argument("--burst", type=int, default=1000)
	parser.add_argument("--workers", type=int, default=2, help="processes of gunicorn")
	parser.add_argument("--limit", type=float, default=50, help="milliseconds that p99 may be")
	arguments = parser.parse_args()
	frappe.init(site=arguments.site)
	frappe.connect()
	frappe.set_user("Administrator")
	store = make_store(STORE, webhook_secret="")
	store.db_set({"home": HOME, "enabled": 1, "live_sync": 1})
	secret = ensure_secret(store)
	frappe.db.commit()
	print(machine_line())
	with OwnRedis() as redis, _gunicorn(arguments.workers, redis.url) as port:
		sender = _Sender(arguments.site, port, secret)
		sender.steadily(arguments.rate, 2)  # the first requests of a process load what the others find loaded
		well = [_steady(sender, arguments) for _round in range(arguments.rounds)]
		whole = _burst(sender, arguments.burst)
	frappe.delete_doc("WooCommerce Store", STORE, force=True)
	frappe.db.commit()
	return 0 if all(well) and whole else 1


def _steady(sender: "_Sender", arguments: argparse.Namespace) -> bool:
	_wipe()
	times, statuses = sender.steadily(arguments.rate, arguments.seconds)
	p99 = _report(f"{arguments.rate:g} a second, {arguments.workers} processes", times, statuses)
	return p99 < arguments.limit and _all_there(statuses)


def _burst(sender: "_Sender", count: int) -> bool:
	_wipe()
	began = time.monotonic()
	times, statuses = sender.at_once(count)
	_report(f"{count} at once, {count / (time.monotonic() - began):.0f} a second", times, statuses)
	return _all_there(statuses)


def _report(what: str, times: Sequence[float], statuses: Sequence[int]) -> float:
	"""Print a line. :returns: p99 in milliseconds"""
	cuts = statistics.quantiles(times, n=100)
	failed = sum(status != 200 for status in statuses)
	load = os.getloadavg()[0]
	print(
		f"{what}: median {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, at most {max(times):.1f} ms;"
		f" {len(times)} sent, {failed} failed, {_rows()} rows; the machine's load {load:.1f}",
		flush=True,
	)
	return cuts[98]


def _all_there(statuses: Sequence[int]) -> bool:
	return len(statuses) == _rows() and set(statuses) == {200}


def _rows() -> int:
	frappe.db.rollback()
	return frappe.db.count("WooCommerce Inbox", {"store": STORE})


def _wipe() -> None:
	frappe.db.delete("WooCommerce Inbox", {"store": STORE})
	frappe.db.commit()


class _Sender:
	"""A shop that delivers."""

	def __init__(self, site: str, port: int, secret: str):
		self.site = site
		self.port = port
		self.secret = secret
		self.ids = itertools.count(1)

	def steadily(self, rate: float, seconds: float) -> tuple[list[float], list[int]]:
		"""Each delivery at its time. :returns: milliseconds from then to the answer, and statuses"""
		count, start = int(rate * seconds), time.monotonic() + 0.1
		return self._all(start + number / rate for number in range(count))

	def at_once(self, count: int) -> tuple[list[float], list[int]]:
		return self._all([time.monotonic()] * count)

	def _all(self, dues: Iterable[float]) -> tuple[list[float], list[int]]:
		with ThreadPoolExecutor(SENDERS) as pool:
			done = list(pool.map(self._send, dues))
		return [milliseconds for milliseconds, _status in done], [status for _milliseconds, status in done]

	def _send(self, due: float) -> tuple[float, int]:
		body = json.dumps({"id": next(self.ids), **BODY}).encode()
		signature = hmac.digest(self.secret.encode(), body, hashlib.sha256)
		headers = {
			"Content-Type": "application/json",
			"X-Frappe-Site-Name": self.site,
			"X-WC-Webhook-Source": f"https://{HOME}/",
			"X-WC-Webhook-Topic": "order.updated",
			"X-WC-Webhook-Signature": base64.b64encode(signature).decode(),
			"Connection": "close",
		}
		time.sleep(max(due - time.monotonic(), 0))
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
		connection.request("POST", f"/api/method/{METHOD}", body, headers)
		status = connection.getresponse().status
		connection.close()
		return (time.monotonic() - due) * 1000, status


@contextmanager
def _gunicorn(workers: int, redis_url: str) -> Iterator[int]:
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(workers)]
	command += ["--timeout", "120", "frappe.app:application", "--preload", "--log-level", "error"]
	# The queue is the benchmark's own, so that no job of it is left to the bench's workers.
	environment = {**os.environ, "FRAPPE_REDIS_QUEUE": redis_url}
	process = subprocess.Popen(command, env=environment)
	try:
		wait_until(lambda: _listens(port), 60, "gunicorn doesn't start")
		yield port
	finally:
		process.terminate()
		process.wait(timeout=30)


def _listens(port: int) -> bool:
	connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
	try:
		connection.connect()
	except OSError:
		return False
	finally:
		connection.close()
	return True


if __name__ == "__main__":
	sys.exit(main())
