"""Real background workers as processes of their own, with a Redis that is theirs alone and may be restarted."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import frappe
import redis
from frappe.utils import background_jobs, get_bench_path


class OwnRedis:
	"""A Redis for queue and budget. Use as a context manager.

	:param keeps: whether it writes what it has to disk before it ends
	"""

	def __init__(self, keeps: bool = True):
		self.keeps = keeps
		self.folder = tempfile.TemporaryDirectory(prefix="woo-redis-")
		self.port = _free_port()
		self.process: subprocess.Popen | None = None

	@property
	def url(self) -> str:
		return f"redis://127.0.0.1:{self.port}"

	def __enter__(self) -> "OwnRedis":
		self.start()
		return self

	def __exit__(self, *exception) -> None:
		self.end()
		self.folder.cleanup()

	def start(self) -> None:
		options = ["--port", str(self.port), "--dir", self.folder.name, "--bind", "127.0.0.1"]
		options += [] if self.keeps else ["--save", ""]
		self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
		client = redis.Redis(port=self.port)
		wait_until(lambda: _answers(client), 20, "Redis doesn't start")

	def end(self) -> None:
		self.process.terminate()
		self.process.wait(timeout=20)

	def restart(self) -> None:
		self.end()
		self.start()


class Workers:
	"""So many workers of this site's queue `long`; one that ends is started again. Use as a context manager.

	:param environment: variables of theirs
	"""

	def __init__(self, count: int, redis_url: str, **environment: str):
		self.count = count
		self.environment = {
			**os.environ,
			"FRAPPE_REDIS_QUEUE": redis_url,
			"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
			**environment,
		}
		self.environment.pop("CI", None)
		self.processes: list[subprocess.Popen] = []
		self.log = tempfile.TemporaryFile()

	def __enter__(self) -> "Workers":
		self.keep_up()
		return self

	def __exit__(self, *exception) -> None:
		for process in self.processes:
			_end_group(process)
		self.log.close()

	def keep_up(self) -> None:
		"""Start what is missing, as a supervisor does."""
		self.processes = [process for process in self.processes if process.poll() is None]
		while len(self.processes) < self.count:
			self.processes.append(self._start())

	def kill(self, index: int) -> None:
		"""End a worker and what it works on without a word, as the kernel does where memory is short."""
		process = self.processes.pop(index)
		os.killpg(process.pid, signal.SIGKILL)
		process.wait()

	def told(self) -> str:
		"""What the workers have printed so far."""
		self.log.seek(0)
		return self.log.read().decode(errors="replace")

	def _start(self) -> subprocess.Popen:
		command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--queue", "long"]
		return subprocess.Popen(
			command,
			cwd=f"{get_bench_path()}/sites",
			env=self.environment,
			stdout=self.log,
			stderr=self.log,
			start_new_session=True,
		)


@contextmanager
def queue_at(url: str):
	"""Let this process queue its jobs there."""
	before = frappe.local.conf.redis_queue
	_connect_to(url)
	try:
		yield
	finally:
		_connect_to(before)


def _connect_to(url: str) -> None:
	frappe.local.conf.redis_queue = url
	background_jobs._redis_queue_conn = None


def wait_until(done, seconds: float, what: str, every: float = 0.1) -> None:
	"""Wait for something. :raises AssertionError: it takes too long"""
	ends = time.monotonic() + seconds
	while not done():
		assert time.monotonic() < ends, what() if callable(what) else what
		time.sleep(every)


def _answers(client: redis.Redis) -> bool:
	try:
		return client.ping()
	except redis.exceptions.ConnectionError:
		return False


def _free_port() -> int:
	with socket.socket() as listening:
		listening.bind(("127.0.0.1", 0))
		return listening.getsockname()[1]


def _end_group(process: subprocess.Popen) -> None:
	try:
		os.killpg(process.pid, signal.SIGKILL)
	except ProcessLookupError:
		pass
	process.wait()
