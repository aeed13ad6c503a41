"""Killed at any moment and started again, a run ends with exactly the books of one that was never disturbed."""

import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from functools import lru_cache

import pytest

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN, DraftFactory
from jarz_woocommerce_integration.translation.drafts import (
	Cancel,
	Decision,
	Hold,
	OrderState,
	Outcome,
	Skip,
	Unchanged,
)
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, LookupKeys, Lookups

STORE = "https://shop.example"
PAGES, PAGE_SIZE = 20, 25
FORK = multiprocessing.get_context("fork")
make = DraftFactory()


@lru_cache
def undecided() -> list[Outcome]:
	"""Orders whose customers share phones and e-mails, so that who is found depends on who was made before."""
	chance = random.Random(7)
	outcomes = []
	for order_id in range(1, PAGES * PAGE_SIZE + 1):
		draft = make.draft(order_id, net=f"{chance.randrange(0, 90000) / 100:.2f}")
		draft.customer = make.customer(
			order_id,
			emails=(f"p{chance.randrange(60)}@example.com",) if chance.random() < 0.6 else (),
			phones=(f"+20100000{chance.randrange(60):04d}",),
			store_customer_id=chance.randrange(1, 40) if chance.random() < 0.3 else None,
		)
		if chance.random() < 0.6:
			draft.payments = [make.payment(str(draft.invoice.total))]
		if chance.random() < 0.1:
			draft.credit_notes = [make.credit_note(10**6 + order_id, str(draft.invoice.total), repaid=True)]
		draft.invoice.submit = chance.random() < 0.9
		outcome = make.booked(order_id, draft)
		if chance.random() < 0.1:
			outcome.translation = chance.choice([Hold("r", "m", "w"), Skip("r", "m"), Cancel("r", "m")])
		outcomes.append(outcome)
	return outcomes


def decided(outcome: Outcome, lookups: Lookups) -> Outcome:
	"""The outcome with its customer, decided by what is known at this moment, as the translation does it."""
	known = lookups.orders.get(outcome.order.order_id)
	if known and known.state is OrderState.SYNCED and known.payload_hash == outcome.order.payload_hash:
		return Outcome(outcome.order, Unchanged())
	if isinstance(outcome.translation, Hold | Skip | Cancel):
		return outcome
	customer = outcome.translation.customer
	account = lookups.customers_by_store_id.get(customer.store_customer_id)
	found = sorted(
		{key for email in customer.emails for key in lookups.customers_by_email.get(email, ())}
		| {key for phone in customer.phones for key in lookups.customers_by_phone.get(phone, ())}
	)
	key = account or (found[0] if len(found) == 1 else None)
	decision = Decision("known" if key else "new", "phone" if key else "none", tuple(found), len(found) > 1)
	if key and customer.store_customer_id and not lookups.customers[key].store_customer_id:
		decision = replace(decision, outcome="linked")
	customer = replace(customer, key=key or customer.key, decision=decision)
	before = lookups.customers.get(customer.key, KnownCustomer(customer.key, customer.name))
	lookups.add_customer(
		KnownCustomer(
			before.key,
			before.name,
			before.store_customer_id or customer.store_customer_id,
			before.emails | set(customer.emails),
			before.phones | set(customer.phones),
		)
	)
	return Outcome(outcome.order, replace(outcome.translation, customer=customer))


def migrate(path, die_before_booking: int = 0) -> str:
	"""A run from where it stands to its end. :param die_before_booking: page before which the process kills itself"""
	with SQLiteLedger(path, STORE) as ledger:
		run = ledger.open_run({"page_size": PAGE_SIZE}, WHEN)
		for number in range(run.next_page, PAGES + 1):
			page = undecided()[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
			drafts = [outcome.translation for outcome in page if hasattr(outcome.translation, "customer")]
			lookups = ledger.lookups(
				LookupKeys(
					order_ids=frozenset(outcome.order.order_id for outcome in page),
					store_customer_ids=frozenset(
						d.customer.store_customer_id for d in drafts if d.customer.store_customer_id
					),
					emails=frozenset(email for d in drafts for email in d.customer.emails),
					phones=frozenset(phone for d in drafts for phone in d.customer.phones),
				)
			)
			outcomes = [decided(outcome, lookups) for outcome in page]
			ledger.create_masters(outcomes)
			if number == die_before_booking:
				os.kill(os.getpid(), signal.SIGKILL)
			ledger.book_page(PageRecord(run.run_id, number, "policy"), outcomes)
		ledger.finish_run(run)
		return ledger.books_digest()


def killed_after(path, seconds: float) -> None:
	child = FORK.Process(target=migrate, args=(path,))
	child.start()
	time.sleep(seconds)
	child.kill()
	child.join()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
	undecided()
	path = tmp_path_factory.mktemp("undisturbed") / "ledger.sqlite"
	started = time.perf_counter()
	return migrate(path), time.perf_counter() - started


def test_killed_ten_times_at_random(tmp_path, undisturbed):
	digest, seconds = undisturbed
	path = tmp_path / "ledger.sqlite"
	chance = random.Random()
	for _kill in range(10):
		killed_after(path, chance.uniform(0, seconds / 2))
	assert migrate(path) == digest


def test_killed_before_each_page_is_booked(tmp_path, undisturbed):
	"""The masters of the page are committed then, and look like known ones to the run that goes on."""
	path = tmp_path / "ledger.sqlite"
	for number in range(1, PAGES + 1):
		child = FORK.Process(target=migrate, args=(path, number))
		child.start()
		child.join()
		assert child.exitcode == -signal.SIGKILL
	assert migrate(path) == undisturbed[0]


def test_a_second_run_books_nothing_new(tmp_path, undisturbed):
	path = tmp_path / "ledger.sqlite"
	assert migrate(path) == undisturbed[0]
	with SQLiteLedger(path, STORE) as ledger:
		before = [tuple(row) for row in ledger.connection.execute("SELECT * FROM gl_entry")]
		invoices = [tuple(row) for row in ledger.connection.execute("SELECT * FROM invoice")]
	migrate(path)
	with SQLiteLedger(path, STORE) as ledger:
		assert [tuple(row) for row in ledger.connection.execute("SELECT * FROM gl_entry")] == before
		assert [tuple(row) for row in ledger.connection.execute("SELECT * FROM invoice")] == invoices
