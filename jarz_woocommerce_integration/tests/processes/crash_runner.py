"""A migration, an undo, booking anew or a look at the shop in a process of its own that ends without a word at its n-th statement, as by `kill -9`.

	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE STORE_URL KILL_AT
	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE undo:RUN KILL_AT
	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE anew:RUN KILL_AT
	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE look:STORE KILL_AT
	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE work:STORE KILL_AT
	python -m jarz_woocommerce_integration.tests.processes.crash_runner SITE send:STORE KILL_AT

KILL_AT 0 lets it end by itself; "finish" kills it where what was booked is to be marked as done in the inbox, "sent" where what
was sent is to be marked as that in the outbox. Run in the bench's `sites` folder.
"""

import os
import signal
import sys

import frappe


def main() -> None:
	site, what, kill_at = sys.argv[1:]
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")
	if kill_at == "finish":
		_die_before_finishing()
	elif kill_at == "sent":
		_die_before_marking_as_sent()
	elif int(kill_at):
		_die_at(int(kill_at))
	if what.startswith("undo:"):
		from jarz_woocommerce_integration.services.undo.undo import undo

		undo(int(what.removeprefix("undo:")))
	elif what.startswith("anew:"):
		from jarz_woocommerce_integration.services.undo.book_anew import book_anew

		book_anew(int(what.removeprefix("anew:")))
	elif what.startswith("look:"):
		from jarz_woocommerce_integration.services.live.sync import poll

		poll(what.removeprefix("look:"))
	elif what.startswith("work:"):
		from jarz_woocommerce_integration.services.inbox.work import work_on

		work_on(what.removeprefix("work:"))
	elif what.startswith("send:"):
		from jarz_woocommerce_integration.services.outbox.sending import send

		send(what.removeprefix("send:"))
	else:
		from jarz_woocommerce_integration.tests.proof.test_proof import book_all

		book_all(what, page_size=10)
	print("complete")


def _die_at(statement: int) -> None:
	database = type(frappe.local.db)
	run = database.sql
	seen = 0

	def counted(self, *arguments, **options):
		nonlocal seen
		seen += 1
		if seen == statement:
			os.kill(os.getpid(), signal.SIGKILL)
		return run(self, *arguments, **options)

	database.sql = counted


def _die_before_finishing() -> None:
	from jarz_woocommerce_integration.services.inbox import queue as inbox

	inbox.finish = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)


def _die_before_marking_as_sent() -> None:
	from jarz_woocommerce_integration.services.outbox import rows as outbox_rows

	outbox_rows.sent = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
	main()
