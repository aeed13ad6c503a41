"""The preflight of the database server: what it writes down, and whether it is one."""

import frappe

from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation

_VARIABLES = """
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'wsrep_on')
"""
_CLUSTER_SIZE = "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'"


def binary_log(situation: Situation) -> Findings:
	"""Pages are booked at the isolation level "read committed", which InnoDB doesn't write to a binary log of statements (error 1665)."""
	variables = _variables()
	form = variables.get("binlog_format", "").upper()
	if not _is_on(variables, "log_bin"):
		yield Finding(OK, "The database writes no binary log.")
	elif form == "STATEMENT":
		yield Finding(
			ERROR,
			"The database's binary log is in the format STATEMENT, in which no page can be booked (error 1665).",
			"Set binlog_format = ROW (or MIXED) in the server's configuration and restart it, then the workers.",
		)
	else:
		yield Finding(OK, Sentence("The database's binary log is in the format {0}.", form))


def cluster(situation: Situation) -> Findings:
	"""Named locks keep two workers from booking one order, and a server knows its own only."""
	if not _is_on(_variables(), "wsrep_on"):
		yield Finding(OK, "The database is one server, no Galera cluster.")
		return
	rows = frappe.db.sql(_CLUSTER_SIZE)
	yield Finding(
		WARNING,
		Sentence(
			"The database is a Galera cluster of {0} nodes. Its nodes don't share the named locks"
			" that keep two workers from booking the same order.",
			rows[0][1] if rows else "unknown",
		),
		"Let all web servers, workers and the scheduler of this site connect to the same node (db_host in the site's"
		" configuration), not to a balancer that spreads them.",
	)


def _variables() -> dict[str, str]:
	return {name.lower(): str(value) for name, value in frappe.db.sql(_VARIABLES)}


def _is_on(variables: dict[str, str], name: str) -> bool:
	return variables.get(name, "").upper() in ("ON", "1")
