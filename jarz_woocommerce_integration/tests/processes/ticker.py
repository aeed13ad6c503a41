"""Frappe's scheduler with time compressed, as a process: calls a site's functions, each every so many seconds.

	python -m jarz_woocommerce_integration.tests.processes.ticker SITE '{"path.of.a.function": 2.0}'

What a function raises is printed, and doesn't keep the others from their turn.
"""

import json
import sys
import time
import traceback

import frappe


def main(site: str, every: dict[str, float]) -> None:
	due = dict.fromkeys(every, time.monotonic())
	while True:
		path = min(due, key=due.get)
		time.sleep(max(due[path] - time.monotonic(), 0))
		due[path] = time.monotonic() + every[path]
		_call(site, path)


def _call(site: str, path: str) -> None:
	"""One job of the scheduler, with a connection of its own."""
	frappe.init(site=site)
	frappe.connect()
	try:
		frappe.get_attr(path)()
		frappe.db.commit()
	except Exception:
		traceback.print_exc()
	finally:
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], json.loads(sys.argv[2]))
