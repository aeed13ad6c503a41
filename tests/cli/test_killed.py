"""A rehearsal that is killed at any instant ends, started again, with exactly the books of one that wasn't."""

import json
import os
import random
import signal
import sqlite3
import subprocess

from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger

# As many as tell the moments apart; before a release more of them.
KILLS = 50 if os.environ.get("JARZ_LONG_TESTS") == "1" else 12


def digest(path):
	with SQLiteLedger.open_existing(path) as ledger:
		return ledger.books_digest()


def test_kills_leave_no_trace_in_the_books(jarz_woo, sample_store, tmp_path):
	_store, url = sample_store
	asked = ("rehearse", "--url", url, "--page-size", 20, "--requests-per-minute", 0)
	status, _output, errors = jarz_woo(*asked, "--ledger", "undisturbed.sqlite", "--json", "undisturbed.json")
	assert status == 0, errors
	whole = json.loads((tmp_path / "undisturbed.json").read_text(encoding="utf-8"))["seconds"]

	chance = random.Random(20261123)
	kills = ledgers = 0
	while kills < KILLS:
		ledgers += 1
		path = tmp_path / f"killed-{ledgers}.sqlite"
		while kills < KILLS:
			process = jarz_woo.start(*asked, "--ledger", path)
			try:
				# Python itself starts in about half a second; some kills fall there, too.
				process.communicate(timeout=0.3 + chance.random() * whole)
				assert process.returncode == 0
				break
			except subprocess.TimeoutExpired:
				process.send_signal(signal.SIGKILL)
				process.communicate()
				kills += 1
		status, _output, errors = jarz_woo(*asked, "--ledger", path)
		assert status == 0, errors
		assert digest(path) == digest(tmp_path / "undisturbed.sqlite")
		with sqlite3.connect(path) as connection:
			assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
