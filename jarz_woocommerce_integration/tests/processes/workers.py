"""Workers, a web server and a scheduler as processes of their own, with a Redis that is theirs alone.

What they share with the test is the site, by what is committed in its database.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

import frappe
import psutil
import redis
import requests
from croniter import croniter
from frappe.installer import update_site_config
from frappe.utils import background_jobs, get_bench_path

_CRON = {"all": "*/4 * * * *", "hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * 0"}
TICKER = "jarz_woocommerce_integration.tests.processes.ticker"


class OwnRedis:
	"""A Redis for queue and budget. Use as a context manager.

	:param keeps: whether it writes what it has to disk before it ends
	:param address: where it listens
	"""

	def __init__(self, keeps: bool = True, address: str = "127.0.0.1"):
		self.keeps = keeps
		self.address = address
		self.folder = tempfile.TemporaryDirectory(prefix="woo-redis-")
		self.port = _free_port()
		self.process: subprocess.Popen | None = None

	@property
	def url(self) -> str:
		return f"redis://{self.address}:{self.port}"

	def __enter__(self) -> "OwnRedis":
		self.start()
		return self

	def __exit__(self, *exception) -> None:
		self.end()
		self.folder.cleanup()

	def start(self) -> None:
		options = ["--port", str(self.port), "--dir", self.folder.name, "--bind", self.address]
		options += ["--protected-mode", "no"]
		options += [] if self.keeps else ["--save", ""]
		self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
		client = redis.Redis(self.address, self.port)
		wait_until(lambda: _answers(client), 20, "Redis doesn't start")

	def end(self) -> None:
		self.process.terminate()
		self.process.wait(timeout=20)

	def restart(self) -> None:
		self.end()
		self.start()


class _Processes:
	"""Processes on the site, whose queue is at one Redis. Use as a context manager.

	:param command: what a process is begun with, e.g. to run it on another machine; :param environment: variables of theirs
	"""

	def __init__(self, redis_url: str, command: Sequence[str] = (), **environment: str):
		self.command = tuple(command)
		self.environment = {
			**os.environ,
			"FRAPPE_REDIS_QUEUE": redis_url,
			"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
			**environment,
		}
		self.environment.pop("CI", None)
		self.processes: list[subprocess.Popen] = []
		self.log = tempfile.TemporaryFile()

	def __enter__(self):
		self.keep_up()
		return self

	def __exit__(self, *exception) -> None:
		self.end()
		self.log.close()

	def keep_up(self) -> None:
		"""Start what is missing, as a supervisor does."""
		raise NotImplementedError

	def end(self) -> None:
		while self.processes:
			_end_tree(self.processes.pop())

	def told(self) -> str:
		"""What they have printed so far."""
		self.log.seek(0)
		return self.log.read().decode(errors="replace")

	def _forget_ended(self) -> None:
		self.processes = [process for process in self.processes if process.poll() is None]

	def _run(self, *words: str) -> subprocess.Popen:
		"""A module of Python, as a process in the bench's folder of sites."""
		return subprocess.Popen(
			[*self.command, sys.executable, "-m", *words],
			cwd=f"{get_bench_path()}/sites",
			env=self.environment,
			stdout=self.log,
			stderr=self.log,
			start_new_session=True,
		)


class Workers(_Processes):
	"""So many workers of these queues; one that ends is started again.

	:param queues: names with commas, the more urgent first
	"""

	def __init__(self, count: int, redis_url: str, queues: str = "long", **environment: str):
		super().__init__(redis_url, **environment)
		self.count = count
		self.queues = queues

	def keep_up(self) -> None:
		self._forget_ended()
		while len(self.processes) < self.count:
			worker = ("frappe.utils.bench_helper", "frappe", "worker", "--queue", self.queues)
			self.processes.append(self._run(*worker))

	def kill(self, index: int) -> None:
		"""End a worker and what it works on without a word, as the kernel does where memory is short."""
		_end_tree(self.processes.pop(index))


class WebServer(_Processes):
	"""The bench's web server on a port of its own, with this site at `url` for as long as the context lasts.

	The site is told by the Host of a request, as ever. No DNS knows the name, so who sends something dials `address`.
	"""

	address = "127.0.0.1"

	def __init__(self, redis_url: str, workers: int = 1, **environment: str):
		super().__init__(redis_url, **environment)
		self.port = _free_port()
		self.workers = workers
		self.site = frappe.local.site

	@property
	def url(self) -> str:
		return f"http://{self.site}:{self.port}"

	def __enter__(self) -> "WebServer":
		self.host_name = frappe.local.conf.host_name
		_set_host_name(self.url)
		try:
			super().__enter__()
			wait_until(self.answers, 60, lambda: f"the web server doesn't answer: {self.told()[-2000:]}")
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *exception) -> None:
		super().__exit__(*exception)
		_set_host_name(self.host_name)

	def keep_up(self) -> None:
		self._forget_ended()
		if not self.processes:
			options = ("--bind", f"{self.address}:{self.port}", "--workers", str(self.workers))
			server = ("gunicorn", *options, "--timeout", "120", "--log-level", "warning", "--preload")
			self.processes.append(self._run(*server, "frappe.app:application"))

	def answers(self) -> bool:
		try:
			answer = requests.get(
				f"http://{self.address}:{self.port}/api/method/ping", headers={"Host": self.site}, timeout=30
			)
		except requests.RequestException:
			return False
		return answer.ok


class Ticker(_Processes):
	"""The scheduler with time compressed: calls the site's scheduled functions, each every so many seconds.

	:param every: path of a function -> seconds
	"""

	def __init__(self, redis_url: str, every: dict[str, float], **environment: str):
		super().__init__(redis_url, **environment)
		self.every = every
		self.site = frappe.local.site

	def keep_up(self) -> None:
		self._forget_ended()
		if not self.processes:
			self.processes.append(self._run(TICKER, self.site, json.dumps(self.every)))


def scheduled(app: str, times_faster: float) -> dict[str, float]:
	"""What an app has the scheduler call, for a `Ticker` by whose clock the time runs so many times faster.

	:returns: path of a function -> seconds
	"""
	every = {}
	for name, functions in frappe.get_hooks("scheduler_events", app_name=app).items():
		by_cron = functions if name == "cron" else {_CRON[name.removesuffix("_long")]: functions}
		for expression, paths in by_cron.items():
			times = croniter(expression, datetime(2026, 1, 1))
			first, second = (times.get_next(datetime) for _time in range(2))
			every |= dict.fromkeys(paths, (second - first).total_seconds() / times_faster)
	return every


@contextmanager
def queue_at(url: str):
	"""Let this process queue its jobs there."""
	before = frappe.local.conf.redis_queue
	try:
		with patch.dict(os.environ, {"FRAPPE_REDIS_QUEUE": url}):  # Frappe 16 reads its configuration anew
			_connect_to(url)
			yield
	finally:
		_connect_to(before)


def jobs_in(queue: str) -> list[str]:
	"""The ids of the jobs that wait in a queue, as they were given. Frappe puts the site before them."""
	before = len(background_jobs.create_job_id("x")) - 1
	return [job_id[before:] for job_id in background_jobs.get_queue(queue).job_ids]


def _connect_to(url: str) -> None:
	frappe.local.conf.redis_queue = url
	background_jobs._redis_queue_conn = None


def wait_until(done, seconds: float, what: str, every: float = 0.1) -> None:
	"""Wait for something. :raises AssertionError: it takes too long"""
	ends = time.monotonic() + seconds
	while not done():
		assert time.monotonic() < ends, what() if callable(what) else what
		time.sleep(every)


def _set_host_name(url: str | None) -> None:
	"""The site's own address, in its file and in this process. None: none."""
	update_site_config("host_name", url or "None", validate=False)
	if url:
		frappe.local.conf.host_name = url
	else:
		frappe.local.conf.pop("host_name", None)


def _answers(client: redis.Redis) -> bool:
	try:
		return client.ping()
	except redis.exceptions.ConnectionError:
		return False


def _free_port() -> int:
	with socket.socket() as listening:
		listening.bind(("127.0.0.1", 0))
		return listening.getsockname()[1]


def _end_tree(process: subprocess.Popen) -> None:
	"""End a process and all that it has begun: a worker's job runs in a session of its own."""
	try:
		begun = psutil.Process(process.pid).children(recursive=True)
	except psutil.NoSuchProcess:
		begun = []
	process.kill()
	for child in begun:
		try:
			child.kill()
		except psutil.NoSuchProcess:
			continue
	process.wait()
	psutil.wait_procs(begun, timeout=20)
