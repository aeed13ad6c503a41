"""How fast the endpoint of webhooks answers at a steady rate, whether a burst loses anything, and what a flood delays.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its inbox is wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/webhook_endpoint.py SITE [--rate 50] [--seconds 20] ...

The server is gunicorn as bench's own production configuration starts it, with so many `--workers`. Deliveries are signed
orders of 4 kB, each on a connection of its own, as WooCommerce sends them, and leave when they are due, whether those
before are answered or not; the time counts from then. No worker books: what a booking beside it costs isn't in here.

The flood is so many forged deliveries as `--flood` says and so many signed ones that somebody repeats, both in ten seconds,
while the shop delivers five of its own a second.

Exit code 0 when p99 is below `--limit` milliseconds, each answer was 200, and each delivery is a row; and when in the flood
each of the shop's own is a row within a minute, and what was forged is none.
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
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from machine import machine_line

from jarz_woocommerce_integration.services.webhooks.delivery import METHOD
from jarz_woocommerce_integration.services.webhooks.registration import ensure_secret
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, wait_until
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Webhook Benchmark"
HOME = "webhook-benchmark.example"
SENDERS = 32
FLOOD_SECONDS = 10
OWN_A_SECOND = 5
LONGEST_DELAY = 60_000  # milliseconds
# Orders whose deliveries are repeated, and where the shop's own begin.
REPEATED, OWN = range(1, 51), 10_000_000
BODY = {"status": "processing", "currency": "EGP", "total": "120.50", "line_items": [{"name": "x" * 3900}]}


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument("--rate", type=float, default=50, help="deliveries a second")
	parser.add_argument("--seconds", type=float, default=20)
	parser.add_argument("--rounds", type=int, default=3)
	parser.add_argument("--burst", type=int, default=1000)
	parser.add_argument(
		"--flood", type=int, default=1000, help="forged deliveries, and as many repeated ones"
	)
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
		stands = _flood(sender, arguments.flood)
	frappe.delete_doc("WooCommerce Store", STORE, force=True)
	frappe.db.commit()
	return 0 if all(well) and whole and stands else 1


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


def _flood(sender: "_Sender", count: int) -> bool:
	"""The shop's own deliveries among forged and repeated ones."""
	_wipe()
	start = time.monotonic() + 0.1
	forged = [Delivery(start + number * FLOOD_SECONDS / count, REPEATED[0], True) for number in range(count)]
	repeated = [
		Delivery(one.due, REPEATED[number % len(REPEATED)], False) for number, one in enumerate(forged)
	]
	own = [
		Delivery(start + number / OWN_A_SECOND, OWN + number, False)
		for number in range(FLOOD_SECONDS * OWN_A_SECOND)
	]
	with ThreadPoolExecutor(3) as pool:
		results = list(pool.map(sender.send, (forged, repeated, own)))
	names = ("forged", "repeated", "the shop's own")
	for name, (times, statuses) in zip(names, results, strict=True):
		said = dict(Counter(statuses))
		print(
			f"flood, {name}: {len(times)} sent, answers {said}, median {statistics.median(times):.0f} ms,"
			f" at most {max(times):.0f} ms; the machine's load {os.getloadavg()[0]:.1f}",
			flush=True,
		)
	(_times, of_forged), (_repeated, of_repeated), (of_own, own_statuses) = results
	nothing_of_forged = set(of_forged) == {401} and _rows() == of_repeated.count(200) + len(own)
	arrived = frappe.db.count("WooCommerce Inbox", {"store": STORE, "woo_id": (">=", OWN)})
	return (
		nothing_of_forged
		and set(own_statuses) == {200}
		and arrived == len(own)
		and max(of_own) < LONGEST_DELAY
	)


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


class Delivery(NamedTuple):
	""":ivar due: when it leaves, as `time.monotonic` has it"""

	due: float
	order_id: int
	is_forged: bool = False


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
		return self.send(Delivery(start + number / rate, next(self.ids)) for number in range(count))

	def at_once(self, count: int) -> tuple[list[float], list[int]]:
		return self.send([Delivery(time.monotonic(), next(self.ids)) for _number in range(count)])

	def send(self, deliveries: Iterable[Delivery]) -> tuple[list[float], list[int]]:
		""":returns: milliseconds from when each was due to its answer, and statuses"""
		with ThreadPoolExecutor(SENDERS) as pool:
			done = list(pool.map(self._send, deliveries))
		return [milliseconds for milliseconds, _status in done], [status for _milliseconds, status in done]

	def _send(self, delivery: Delivery) -> tuple[float, int]:
		body = json.dumps({"id": delivery.order_id, **BODY}).encode()
		secret = "nobody's" if delivery.is_forged else self.secret
		signature = hmac.digest(secret.encode(), body, hashlib.sha256)
		headers = {
			"Content-Type": "application/json",
			"X-Frappe-Site-Name": self.site,
			"X-WC-Webhook-Source": f"https://{HOME}/",
			"X-WC-Webhook-Topic": "order.updated",
			"X-WC-Webhook-Signature": base64.b64encode(signature).decode(),
			"Connection": "close",
		}
		time.sleep(max(delivery.due - time.monotonic(), 0))
		connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
		connection.request("POST", f"/api/method/{METHOD}", body, headers)
		status = connection.getresponse().status
		connection.close()
		return (time.monotonic() - delivery.due) * 1000, status


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
