"""What the inbox and the outbox share: who works on what waits of a store, and when what failed is tried again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe.utils import cint
from rq import get_current_job

from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.services.session import jobs

SETTINGS = "WooCommerce Settings"
QUEUE = "short"
TIMEOUT = 900
PLACES = (1, 2)
DONE = "done"


@dataclass(frozen=True)
class WorkQueue:
	"""The two jobs of each store that work on one kind of rows.

	:ivar method: path of the job, which is given the store; :ivar name: of the jobs and of their locks
	:ivar at_once: both may work at the same time; else the second one waits for the first
	:ivar pauses: minutes after each failed attempt
	"""

	method: str
	name: str
	at_once: bool
	pauses: tuple[int, ...]

	def places(self, store: str) -> list[jobs.Job]:
		return [
			jobs.Job(
				self.method,
				f"{self.name}_{store}_{place}",
				QUEUE,
				TIMEOUT,
				(self.name, f"{store}:{place}" if self.at_once else store),
			)
			for place in PLACES
		]

	def enqueue(self, store: str) -> None:
		"""Queue a job that works on what was written, once it is committed."""
		jobs.enqueue_after_commit(self.places(store), store=store)

	def enqueue_where_nobody_works(self, store: str) -> None:
		""":raises redis.exceptions.RedisError: it can't be queued now"""
		jobs.start_where_nobody_works(self.places(store), store=store)

	@contextmanager
	def place_at_work(self, store: str) -> Iterator[bool]:
		"""Be one of those who work; the lock dies with its holder. :returns: whether there was a place"""
		for lock in dict.fromkeys(place.lock for place in self.places(store)):
			with named_lock(*lock) as held:
				if held:
					yield True
					return
		yield False

	def work(self, store: str, do: Callable[[str], dict], has_due: Callable[[str], bool]) -> dict:
		"""Work on what is due, where there is a place for us. :param do: says as "status" whether it has come to its end"""
		if get_current_job() and frappe.session.user == "Guest":
			frappe.set_user("Administrator")  # who delivered a webhook
		with self.place_at_work(store) as held:
			if not held:
				return {"status": "others work on it"}
			done = do(store)
		if done["status"] == DONE and has_due(store):
			# Written in the moment in which we stopped looking; the job that was queued for it found our place taken.
			self.enqueue(store)
			frappe.db.commit()
		return done

	def pause_after(self, attempts: int) -> timedelta | None:
		"""How long after so many failed attempts the next one is made. None: it is given up."""
		if attempts >= (attempts_chosen() or len(self.pauses)):
			return None
		return timedelta(minutes=self.pauses[min(attempts, len(self.pauses)) - 1])


def attempts_chosen() -> int:
	"""How often a thing is tried, as WooCommerce Settings says; 0 where it doesn't. Read here: a webhook waits for all that is loaded."""
	return cint(frappe.get_cached_value(SETTINGS, SETTINGS, "sync_attempts"))
