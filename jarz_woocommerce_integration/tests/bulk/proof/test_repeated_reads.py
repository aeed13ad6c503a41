"""What ERPNext asks again within one transaction is answered without the database, as the database would."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.recorder import recording
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.repeated_reads import reads_remembered


class TestRepeatedReads(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.asked: list[str] = []
		self.note = frappe.get_doc({"doctype": "ToDo", "description": "first"}).insert().name

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def description(self) -> str:
		return frappe.db.get_value("ToDo", self.note, "description")

	def asking(self):
		"""Inside of what remembers: what reaches the database is what this sees."""

		def follow(_sql, statement, run):
			self.asked.append(statement.text)
			return run()

		return compat.each_statement(follow)

	def test_a_question_reaches_the_database_once(self):
		with self.asking(), reads_remembered():
			self.assertEqual([self.description() for _ in range(3)], ["first"] * 3)
		self.assertEqual(len(self.asked), 1)

	def test_another_value_is_another_question(self):
		other = frappe.get_doc({"doctype": "ToDo", "description": "second"}).insert().name
		with reads_remembered():
			self.assertEqual(self.description(), "first")
			self.assertEqual(frappe.db.get_value("ToDo", other, "description"), "second")
			self.assertEqual(
				frappe.db.get_value("ToDo", other, ["description"], as_dict=True).description, "second"
			)

	def test_what_is_written_is_seen(self):
		with reads_remembered():
			self.assertEqual(self.description(), "first")
			frappe.db.set_value("ToDo", self.note, "description", "changed")
			self.assertEqual(self.description(), "changed")
			frappe.db.sql("DELETE FROM `tabToDo` WHERE name = %s", self.note)
			self.assertIsNone(self.description())

	def test_what_a_savepoint_takes_back_is_gone(self):
		with reads_remembered():
			frappe.db.savepoint("woo_before")
			frappe.db.set_value("ToDo", self.note, "description", "changed")
			self.assertEqual(self.description(), "changed")
			frappe.db.rollback(save_point="woo_before")
			self.assertEqual(self.description(), "first")

	def test_a_row_that_is_new_is_found(self):
		count = "SELECT count(*) FROM `tabToDo` WHERE name LIKE %s"
		with reads_remembered():
			before = frappe.db.sql(count, self.note)[0][0]
			frappe.db.sql("INSERT INTO tabToDo (name, description) VALUES (%s, 'tabUser')", f"{self.note}-2")
			self.assertEqual(before, 1)
			self.assertEqual(frappe.db.sql(count, f"{self.note}-2")[0][0], 1)

	def test_a_change_by_a_join_is_seen_in_both_tables(self):
		with reads_remembered():
			self.description()
			frappe.db.sql(
				"UPDATE tabUser u JOIN `tabToDo` t ON t.owner = u.name SET t.description = 'joined' WHERE t.name = %s",
				self.note,
			)
			self.assertEqual(self.description(), "joined")

	def test_rows_that_who_asks_changes_stay_as_they_were_for_the_next_one(self):
		ask = {"doctype": "ToDo", "filters": {"name": self.note}, "fields": ["description"]}
		with reads_remembered():
			frappe.get_all(**ask)[0].description = "changed by who asks"
			self.assertEqual(frappe.get_all(**ask)[0].description, "first")
			frappe.get_all(**{**ask, "as_list": True})
			self.assertEqual(frappe.get_all("ToDo", {"name": self.note}, pluck="description"), ["first"])

	def test_a_lock_and_what_is_new_each_time_always_reach_the_database(self):
		with self.asking(), reads_remembered():
			for _ in range(2):
				frappe.db.get_value("ToDo", self.note, "name", for_update=True)
				frappe.db.sql("SELECT name FROM tabToDo WHERE creation < NOW()")
				frappe.db.sql("SELECT name FROM tabToDo LOCK IN SHARE MODE")
				frappe.db.sql("SELECT 1")
		self.assertEqual(len(self.asked), 8)

	def test_after_an_error_and_a_commit_everything_is_asked_again(self):
		with self.asking(), reads_remembered():
			self.description()
			with self.assertRaises(compat.OPERATIONAL_ERRORS):
				frappe.db.sql("UPDATE `tabToDo` SET nothing_like_it = 1")
			self.description()
		self.assertEqual(sum("description" in text for text in self.asked), 2)

	def test_what_is_written_is_recorded_all_the_same_and_the_block_ends_with_nothing_left(self):
		with reads_remembered():
			with recording() as written:
				self.description()
				frappe.db.set_value("ToDo", self.note, "description", "changed")
			self.assertEqual(list(written.rows["tabToDo"]), [self.note])
			self.assertEqual(self.description(), "changed")
		self.assertNotIn("sql", vars(frappe.local.db))
