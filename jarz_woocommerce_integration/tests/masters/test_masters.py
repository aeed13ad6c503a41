"""Making masters: refusals, races and speed."""

import os
import subprocess
import sys
import textwrap
from unittest.mock import patch

import frappe
from frappe.contacts.doctype.address.address import get_address_display
from frappe.database import get_db
from frappe.utils.jinja import get_jenv

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import read_decisions
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.tests.masters.masters_case import (
	MADE,
	OTHER_STORE,
	STORE,
	MastersCase,
	make_page,
	make_settings,
)


class TestERPNextMasters(MastersCase):
	def test_a_refused_customer_leaves_its_neighbours_alone(self):
		orders = [
			self.order(1),
			self.order(2, billing=self.make.address(2, territory="Nowhere")),
			self.order(3),
		]
		self.create(*orders)
		self.assertEqual(set(self.masters.refusals), {2})
		self.assertEqual(self.made("Customer"), ["Customer 1", "Customer 3"])
		with self.assertRaises(frappe.LinkValidationError):
			self.found(orders[1], self.masters)
		self.assertEqual(self.found(orders[2], self.masters)[0], "Customer 3")
		self.assertEqual(read_decisions(STORE, [1, 2, 3]).keys(), {1, 3})

	def test_a_customer_that_was_undone_is_made_by_the_next_order(self):
		refused = self.order(1, billing=self.make.address(1, kind="No Such Kind"))
		second = self.order(2, {"key": "CUST-1"}, billing=self.make.address(2))
		self.create(refused, second)
		self.assertEqual(set(self.masters.refusals), {1})
		self.assertEqual(self.found(second)[0], "Customer 2")
		self.assertEqual(self.made("Customer"), ["Customer 2"])
		self.assertEqual(len(self.contacts("Customer 2")), 1)

	def test_what_ends_the_transaction_is_raised_and_nothing_is_left(self):
		for error in (frappe.QueryDeadlockError("deadlock"), KeyboardInterrupt()):
			with (
				patch.object(self.masters.orders.items, "add", side_effect=[None, error]),
				self.assertRaises(type(error)),
				booking_environment(historical=True),
			):
				self.masters.create([self.order(1), self.order(2)])
			self.assertEqual(self.made("Customer"), [])
		self.create(self.order(1))
		self.assertEqual(self.made("Customer"), ["Customer 1"])

	def test_a_rehearsal_leaves_nothing(self):
		order = self.order(1)
		with booking_environment(historical=True):
			self.masters.rehearse([order], {})
		self.assertEqual(self.found(order, self.masters)[0], "Customer 1")
		frappe.db.rollback()
		self.masters.forget()
		self.assertEqual([self.made(doctype) for doctype in MADE], [[], [], [], []])
		self.create(order)
		self.assertEqual(self.made("Customer"), ["Customer 1"])

	# --- races ---

	def other_connection(self):
		connection = get_db(
			socket=frappe.conf.db_socket,
			host=frappe.conf.db_host,
			port=frappe.conf.db_port,
			user=frappe.conf.db_user or frappe.conf.db_name,
			password=frappe.conf.db_password,
			cur_db_name=frappe.conf.db_name,
		)
		connection.connect()
		self.addCleanup(connection.close)
		return connection

	def test_a_name_that_somebody_else_takes_meanwhile_is_no_reason_to_lose_an_order(self):
		other, read = self.other_connection(), self.masters.customers.read

		def read_and_lose_the_race(*arguments):
			read(*arguments)
			frappe.db.get_value("Customer", "Customer 1")
			other.sql(
				"INSERT IGNORE INTO tabCustomer (name, customer_name) VALUES ('Customer 1', 'Customer 1')"
			)
			other.commit()

		orders = [self.order(1), self.order(2)]
		with patch.object(self.masters.customers, "read", read_and_lose_the_race):
			self.create(*orders)
		self.assertEqual(self.masters.refusals, {})
		self.assertEqual([self.found(order)[0] for order in orders], ["Customer 1 - 1", "Customer 2"])

	def test_a_lock_that_is_not_given_up_is_told(self):
		other = self.other_connection()
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			self.create(self.order(1))
		name = next(call.args[1][0] for call in sql.call_args_list if "GET_LOCK" in call.args[0])
		self.assertLess(len(name), 64)
		self.assertEqual(other.sql("SELECT GET_LOCK(%s, 0)", name)[0][0], 1, "it was released")
		with (
			patch("jarz_woocommerce_integration.ledger.erpnext.masters.masters.LONGEST_WAIT", 0),
			self.assertRaises(frappe.QueryTimeoutError),
		):
			self.create(self.order(2))
		self.assertEqual(self.made("Customer"), ["Customer 1"])
		other.close()
		self.create(self.order(2))
		self.assertEqual(self.made("Customer"), ["Customer 1", "Customer 2"])

	def test_two_processes_make_the_same_customers_once(self):
		"""failure-modes 5: 287 pairs in one shop"""
		workers = [self._worker(STORE, 20) for _worker in range(2)]
		self._wait_for(workers)
		self.assertEqual(len(self.made("Customer")), 20)
		self.assertEqual(len(self.made("Contact")), 20)
		self.assertEqual(len(self.made("Address")), 40)

	def test_two_stores_with_customers_of_one_name_race(self):
		self._wait_for([self._worker(store, 10) for store in (STORE, OTHER_STORE)])
		self.assertEqual(len(self.made("Customer")), 20)
		self.assertEqual(len(self.made("Address")), 40)
		self.assertEqual(self.made("Item"), ["MASTERS-1", "MASTERS-2"])

	def _worker(self, store: str, count: int) -> subprocess.Popen:
		"""A process of its own that waits for a line, makes the masters of the page and prints what was refused."""
		code = f"""
			import sys, frappe
			frappe.init(site={frappe.local.site!r}, sites_path={os.path.abspath(frappe.local.sites_path)!r})
			frappe.connect()
			from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
			from jarz_woocommerce_integration.tests.masters.masters_case import create, make_page, make_settings
			frappe.db.count("Customer")
			print("ready", flush=True)
			sys.stdin.readline()
			masters = Masters(make_settings({store!r}))
			create(masters, make_page({count}))
			print(masters.refusals)
		"""
		process = subprocess.Popen(
			[sys.executable, "-c", textwrap.dedent(code)],
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			cwd=os.path.abspath(frappe.local.sites_path),
		)
		self.addCleanup(process.stdout.close)
		return process

	def _wait_for(self, workers: list[subprocess.Popen]) -> None:
		for worker in workers:
			self.assertEqual(worker.stdout.readline().strip(), "ready")
		for worker in workers:
			worker.stdin.write("go\n")
			worker.stdin.close()
		told = [worker.stdout.read().strip() for worker in workers]
		self.assertEqual([worker.wait(120) for worker in workers], [0] * len(workers), told)
		self.assertEqual([text.splitlines()[-1] for text in told], ["{}"] * len(workers), told)
		frappe.db.rollback()  # a new snapshot

	# --- speed ---

	def test_templates_that_are_compiled_once_show_what_frappe_itself_shows(self):
		before = get_jenv().from_string
		order = self.order(1, {"name": "Mona Hassan"})
		self.create(order)
		self.assertEqual(get_jenv().from_string, before)
		customer, addresses = self.found(order)
		display = get_address_display(frappe.get_doc("Address", next(iter(addresses.values()))).as_dict())
		self.assertEqual(frappe.db.get_value("Customer", customer, "primary_address"), display)

	def test_a_page_that_is_there_costs_few_queries(self):
		page = make_page(20)
		self.create(*page)
		savepoints = 2 * len(page)
		with self.assertQueryCount(16 + savepoints):
			self.create(*page)
		masters = Masters(make_settings())
		with self.assertQueryCount(2):
			masters.prepare([(outcome.order, outcome.translation) for outcome in page])
