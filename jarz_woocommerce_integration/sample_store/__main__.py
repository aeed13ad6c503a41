"""The sample store as a process: `python -m jarz_woocommerce_integration.sample_store --orders 1000`."""

import argparse
import json
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jarz_woocommerce_integration.sample_store.http.authentication import DEFAULT_KEYS
from jarz_woocommerce_integration.sample_store.http.connections import Listener
from jarz_woocommerce_integration.sample_store.server import SampleStore
from jarz_woocommerce_integration.sample_store.shop.clock import ZONE_NAME, parse
from jarz_woocommerce_integration.sample_store.shop.generator import END, HOME, SampleShop


def _moment(text: str) -> int:
	moment = parse(text if "T" in text else f"{text}T00:00:00", timezone.utc, is_gmt=True)
	if moment is None:
		raise argparse.ArgumentTypeError(f"{text!r} isn't a date such as 2026-11-01.")
	return moment


def _positive(text: str) -> int:
	if not text.isdigit():
		raise argparse.ArgumentTypeError(f"{text!r} isn't a whole number of 0 or more.")
	return int(text)


def _seconds(text: str) -> float:
	try:
		seconds = float(text)
	except ValueError:
		seconds = 0.0
	if not 0 < seconds < 86_400:
		raise argparse.ArgumentTypeError(f"{text!r} isn't a number of seconds above 0.")
	return seconds


def _zone(text: str) -> str:
	try:
		return ZoneInfo(text).key
	except (ZoneInfoNotFoundError, ValueError, OSError):
		raise argparse.ArgumentTypeError(f"{text!r} isn't a time zone such as {ZONE_NAME}.") from None


def _dial(text: str) -> tuple[str, str]:
	host, _equals, address = text.partition("=")
	if not host or not address:
		raise argparse.ArgumentTypeError(f"{text!r} isn't of the form HOST=ADDRESS.")
	return host, address


def _parser() -> argparse.ArgumentParser:
	parser = argparse.ArgumentParser(prog="sample-store", description="A small WooCommerce-compatible shop.")
	parser.add_argument("--orders", type=_positive, default=1000, help="how many orders it has (1000)")
	parser.add_argument("--seed", type=int, default=1, help="which shop: the same seed gives the same orders")
	parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
	parser.add_argument("--port", type=_positive, default=0, help="port to listen on; 0 takes a free one")
	parser.add_argument("--home", default=HOME, help=f"the shop's own home URL ({HOME})")
	parser.add_argument("--version", default="10.9.4", choices=("8.9.3", "10.9.4", "11.0.1"))
	parser.add_argument("--end", type=_moment, default=END, help="the day after its last order (2026-11-01)")
	parser.add_argument("--zone", type=_zone, default=ZONE_NAME, help=f"the shop's time zone ({ZONE_NAME})")
	parser.add_argument(
		"--no-plugins",
		action="store_true",
		help="only orders as WooCommerce alone makes them: no gift cards, sub-orders, odd refunds, ...",
	)
	parser.add_argument(
		"--odd-products",
		action="store_true",
		help="products of all kinds beside those that orders name: grouped, external, drafts, shared stock, ...",
	)
	parser.add_argument("--made-products", type=_positive, default=0, help="so many plain products more (0)")
	parser.add_argument("--basic-over-http", action="store_true", help="take Basic, as over https")
	parser.add_argument("--strip-authorization", action="store_true", help="lose the Authorization header")
	parser.add_argument("--plain-permalinks", action="store_true", help="serve only /?rest_route=")
	parser.add_argument(
		"--control", action="store_true", help="allow faults to be planned at /_control/faults"
	)
	parser.add_argument(
		"--deliver-every", type=_seconds, metavar="SECONDS", help="send webhooks so often; without it: never"
	)
	parser.add_argument(
		"--dial",
		action="append",
		default=[],
		type=_dial,
		metavar="HOST=ADDRESS",
		help="send the webhooks of a host to an address, where no DNS knows the host",
	)
	parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input is closed")
	parser.add_argument("--json", action="store_true", help="say the URL and the keys as a line of JSON")
	return parser


def _end_with_parent(listener: Listener) -> None:
	"""Ends the listener when standard input closes: even a killed parent can't leave it behind."""
	while sys.stdin.buffer.read(4096):
		pass
	listener.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
	"""Serves until it is interrupted; answers the exit code."""
	options = _parser().parse_args(arguments)
	shop = SampleShop(
		options.seed,
		options.orders,
		end=options.end,
		home=options.home,
		version=options.version,
		zone=options.zone,
		plugins=not options.no_plugins,
		odd_products=options.odd_products,
		made_products=options.made_products,
	)
	store = SampleStore(
		shop,
		basic_over_http=options.basic_over_http,
		strips_authorization=options.strip_authorization,
		plain_permalinks=options.plain_permalinks,
		control=options.control,
	)
	try:
		listener = Listener(store.answer, options.host, options.port)
	except OSError as error:
		print(
			f"The sample store can't listen on {options.host}:{options.port}: {error.strerror}.",
			file=sys.stderr,
		)
		return 1
	store.webhooks.hookshot.dials.update(options.dial)
	cron = store.webhooks.cron(options.deliver_every) if options.deliver_every else nullcontext()
	with listener, cron:
		key = DEFAULT_KEYS[0]
		ready = {
			"url": listener.url,
			"home": shop.home,
			"consumer_key": key.key,
			"consumer_secret": key.secret,
		}
		print(json.dumps(ready) if options.json else listener.url, flush=True)
		if options.exit_with_parent:
			threading.Thread(target=_end_with_parent, args=(listener,), daemon=True).start()
		try:
			listener.serve_forever(poll_interval=0.1)
		except KeyboardInterrupt:
			return 0
	return 0


if __name__ == "__main__":
	sys.exit(main())
