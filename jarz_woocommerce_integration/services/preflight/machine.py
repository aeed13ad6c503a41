"""The preflight of the machines: backup, disk, workers, scheduler, the time that a page is given."""

import shutil
import socket
import time
from pathlib import Path

import frappe
from frappe.utils import cint, get_datetime, now_datetime
from frappe.utils.scheduler import is_schduler_process_running, is_scheduler_disabled

from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.estimates import Speed, in_words
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.session.work_states import listening

QUEUE = "long"
HOUR = 3600
OLDEST_BACKUP = 24 * HOUR
BACKUPS = ("*-database.sql.gz", "*-database-enc.sql.gz")  # the second is encrypted
# Beside the binary log, which the database may keep of all that is written, and its temporary tables.
ROOM = 2
SEEN_LATELY = 30 * 60
# A page takes longer where the shop or the database is slow for a while.
ROOM_FOR_A_PAGE = 4

# What an order takes in the database (docs/operate/workers.md): customer, contact, address, invoice, ledger entries, payment.
KILOBYTES_AN_ORDER = 50
# The record of a rehearsal and its report, among the site's files.
KILOBYTES_A_REHEARSED_ORDER = 5

_DATABASE = "SELECT @@hostname, @@datadir"
_LAST_JOB = "SELECT max(last_execution) FROM `tabScheduled Job Type`"


# --- backup ---


def newest_backup() -> Path | None:
	"""Of the site's database."""
	folder = Path(frappe.get_site_path("private", "backups"))
	found = [file for pattern in BACKUPS for file in folder.glob(pattern) if file.stat().st_size]
	return max(found, key=lambda file: file.stat().st_mtime) if found else None


def age_of_backup() -> float | None:
	"""Seconds since the newest backup of the database, None where there is none."""
	newest = newest_backup()
	return time.time() - newest.stat().st_mtime if newest else None


def backup(situation: Situation) -> Findings:
	newest = newest_backup()
	what_to_do = Sentence("Make one right before the migration: bench --site {0} backup", frappe.local.site)
	if newest is None:
		yield Finding(
			ERROR,
			"There is no backup of the database in the site's private/backups.",
			what_to_do,
			remedy="backup",
		)
		return
	age = time.time() - newest.stat().st_mtime
	text = Sentence(
		"The newest backup of the database, {0} ({1}), is {2} old.",
		newest.name,
		_size(newest.stat().st_size),
		in_words(max(age, 0)),
	)
	if age > OLDEST_BACKUP:
		yield Finding(ERROR, text, what_to_do, remedy="backup")
		return
	yield Finding(
		OK,
		text,
		"" if age < HOUR else Sentence("Orders that were booked since then aren't in it. {0}", what_to_do),
	)


# --- disk ---


def disk(situation: Situation) -> Findings:
	orders = situation.left_to_book
	site = Path(frappe.get_site_path()).resolve()
	yield _free("the site's files", site, orders * KILOBYTES_A_REHEARSED_ORDER * 1024)
	needed = orders * KILOBYTES_AN_ORDER * 1024
	host, folder = frappe.db.sql(_DATABASE)[0]
	if host == socket.gethostname() and Path(folder).exists():
		yield _free("the database", Path(folder), needed)
		return
	yield Finding(
		WARNING,
		Sentence(
			"The database is on another machine ({0}), whose disk can't be seen from here. {1:,}"
			" orders take about {2} there.",
			host,
			orders,
			_size(needed),
		),
		Sentence("See that {0} are free in its folder {1}.", _size(needed * ROOM), folder),
	)


def _free(what: str, folder: Path, needed: int) -> Finding:
	free = shutil.disk_usage(folder).free
	text = Sentence(
		"{0} are free for {1} ({2}); about {3} are needed.", _size(free), what, folder, _size(needed)
	)
	if free >= needed * ROOM:
		return Finding(OK, text)
	level = ERROR if free < needed else WARNING
	return Finding(
		level,
		text,
		Sentence("Make room: {0} or more, for logs and the next backup too.", _size(needed * ROOM)),
	)


def _size(number: float) -> str:
	megabytes = number / 1024**2
	if megabytes < 1:
		return f"{number / 1024:.0f} kB"
	return f"{megabytes:,.0f} MB" if megabytes < 10 * 1024 else f"{megabytes / 1024:,.0f} GB"


# --- workers ---


def workers(situation: Situation) -> Findings:
	alive = listening(QUEUE)
	wanted = situation.page_jobs
	how = Sentence(
		"Start {0} (Parallel Page Jobs in WooCommerce Settings): `bench worker --queue long` each, or more replicas"
		" of queue-long; docs/operate/workers.md says how.",
		wanted,
	)
	if not alive:
		yield Finding(
			ERROR, "No worker listens to the queue long, so no page would be booked.", how, remedy="workers"
		)
	elif len(alive) < wanted:
		yield Finding(
			WARNING,
			Sentence("{0} of {1} workers listen to the queue long.", len(alive), wanted),
			how,
			remedy="workers",
		)
	else:
		machines = len({worker.hostname for worker in alive})
		yield Finding(
			OK,
			Sentence(
				"{0} workers listen to the queue long, on 1 machine; {1} pages are booked at once."
				if machines == 1
				else "{0} workers listen to the queue long, on {2} machines; {1} pages are booked at once.",
				len(alive),
				wanted,
				machines,
			),
		)


def job_timeout(situation: Situation) -> Findings:
	# Also a page that is booked in bulk may go through documents as a whole.
	page = max(speed.seconds(situation.page_size) for speed in (situation.speed, Speed()))
	timeout = situation.job_timeout
	text = Sentence(
		"A page of {0} orders takes up to about {1} and is given {2}.",
		situation.page_size,
		in_words(page),
		in_words(timeout),
	)
	if timeout >= page * ROOM_FOR_A_PAGE:
		yield Finding(OK, text)
		return
	yield Finding(
		ERROR if timeout < page else WARNING,
		text,
		Sentence(
			"Set Job Timeout in WooCommerce Settings to {0} or more, or make pages smaller.",
			ROOM_FOR_A_PAGE * round(page),
		),
		remedy="settings",
	)


# --- scheduler ---


def scheduler(situation: Situation) -> Findings:
	site = frappe.local.site
	if cint(frappe.conf.maintenance_mode):
		yield Finding(
			ERROR,
			"The site is in maintenance mode: workers do nothing for it.",
			Sentence("bench --site {0} set-maintenance-mode off", site),
		)
	elif cint(frappe.conf.pause_scheduler):
		yield Finding(
			ERROR,
			"The scheduler is paused: pages of workers that died are not taken up again.",
			Sentence("bench --site {0} scheduler resume", site),
		)
	elif is_scheduler_disabled(verbose=False):
		yield Finding(
			ERROR,
			"The scheduler is disabled for this site: pages of workers that died are not taken up again.",
			Sentence("bench --site {0} scheduler enable", site),
		)
	else:
		yield _scheduler_process()


def _scheduler_process() -> Finding:
	last = frappe.db.sql(_LAST_JOB)[0][0]
	age = (now_datetime() - get_datetime(last)).total_seconds() if last else None
	if _runs_here() or (age is not None and age < SEEN_LATELY):
		if age is None:
			return Finding(OK, "The scheduler is enabled.")
		return Finding(
			OK, Sentence("The scheduler is enabled, and did something {0} ago.", in_words(max(age, 0)))
		)
	return Finding(
		WARNING,
		Sentence(
			"The scheduler is enabled, but no process of it is seen: its last job ran {0} ago.", in_words(age)
		)
		if age is not None
		else Sentence("The scheduler is enabled, but no process of it is seen: its last job ran never."),
		"Start it: `bench schedule` (supervisor and containers call it so, too).",
	)


def _runs_here() -> bool:
	try:
		return is_schduler_process_running()
	except OSError:
		return False  # the bench's folder can't be written from here, so its lock can't be asked
