"""Runs and their pages in the SQLite ledger: what is asked for, how far it came, and how it ended."""

import json
import sqlite3
from datetime import datetime

from jarz_woocommerce_integration.ledger.contract import PageRecord, Run
from jarz_woocommerce_integration.ledger.sqlite.values import from_time_text, now_text, to_time_text

_UNFINISHED = "SELECT * FROM run WHERE finished_at IS NULL ORDER BY run_id"
_ABANDON = "UPDATE run SET finished_at = ?, abandoned = 1 WHERE run_id = ?"
_BEGIN = "INSERT INTO run (started_at, before, parameters) VALUES (?, ?, ?)"
_FINISH = "UPDATE run SET finished_at = ? WHERE run_id = ?"
_ADD_PAGE = """
INSERT INTO page (run_id, number, orders, committed_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (run_id, number) DO UPDATE SET orders = orders + ?3, committed_at = ?4
"""
_ADVANCE = "UPDATE run SET next_page = max(next_page, ?1 + 1) WHERE run_id = ?2 AND ?1 > 0"


def open_run(connection: sqlite3.Connection, parameters: dict, before: datetime) -> Run:
	"""Resume the unfinished run with these parameters, or begin one; unfinished ones with others are given up."""
	asked = _text_of(parameters)
	resumed = None
	for row in connection.execute(_UNFINISHED).fetchall():
		if row["parameters"] == asked and resumed is None:
			resumed = Run(
				run_id=row["run_id"],
				started_at=from_time_text(row["started_at"]),
				before=from_time_text(row["before"]),
				parameters=parameters,
				next_page=row["next_page"],
			)
		else:
			connection.execute(_ABANDON, (now_text(), row["run_id"]))
	return resumed or _begin(connection, parameters, asked, before)


def last_parameters(connection: sqlite3.Connection) -> dict:
	row = connection.execute("SELECT parameters FROM run ORDER BY run_id DESC").fetchone()
	return json.loads(row["parameters"]) if row else {}


def is_resuming(connection: sqlite3.Connection, parameters: dict) -> bool:
	row = connection.execute(f"{_UNFINISHED} DESC").fetchone()
	return bool(row and row["parameters"] == _text_of(parameters) and row["next_page"] > 1)


def finish_run(connection: sqlite3.Connection, run: Run) -> None:
	finished_at = now_text()
	connection.execute(_FINISH, (finished_at, run.run_id))
	run.finished_at = from_time_text(finished_at)


def record_page(connection: sqlite3.Connection, page: PageRecord, orders: int) -> None:
	"""The page's record and the run's next page, in the transaction that books the page."""
	connection.execute(_ADD_PAGE, (page.run_id, page.number, orders, now_text()))
	connection.execute(_ADVANCE, (page.number, page.run_id))


def _begin(connection: sqlite3.Connection, parameters: dict, asked: str, before: datetime) -> Run:
	started_at = now_text()
	cursor = connection.execute(_BEGIN, (started_at, to_time_text(before), asked))
	return Run(cursor.lastrowid, from_time_text(started_at), before, parameters)  # type: ignore[arg-type]  # a row was added


def _text_of(parameters: dict) -> str:
	return json.dumps(parameters, sort_keys=True, default=str)
