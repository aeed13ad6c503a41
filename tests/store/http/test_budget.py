import shutil
import socket
import subprocess
import threading
import time
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from jarz_woocommerce_integration.exceptions import BudgetUnavailableError, StoreError, StoreThrottledError
from jarz_woocommerce_integration.store.http.budget import RateBudget
from tests.store.frames import TimeIsOver, shown_by


@pytest.fixture
def fake_time(monkeypatch):
	"""A clock that only sleeping moves, also for the library."""
	now = [1_800_000_000.0]

	def sleep(seconds):
		assert seconds > 0
		now[0] += seconds

	clock = SimpleNamespace(time=lambda: now[0], sleep=sleep, now=now)
	monkeypatch.setattr("limits.storage.memory.time", clock)
	return clock


def unique(name="shop"):
	return f"https://{name}-{time.monotonic_ns()}.example"


def most_in(stamps, seconds):
	return max(sum(1 for other in stamps if start <= other < start + seconds) for start in stamps)


def test_in_any_minute_never_more_than_the_limit(fake_time):
	budget = RateBudget(unique(), 10, clock=fake_time.time, sleep=fake_time.sleep)
	stamps = []
	for number in range(95):
		budget.acquire()
		stamps.append(fake_time.time())
		fake_time.now[0] += (number * 7) % 5
	assert most_in(stamps, 60) == 10
	assert budget.acquired == 95


def test_waiting_is_one_sleep_and_no_polling(fake_time):
	sleeps = []

	def sleep(seconds):
		sleeps.append(seconds)
		fake_time.sleep(seconds)

	budget = RateBudget(unique(), 3, clock=fake_time.time, sleep=sleep)
	waited = [budget.acquire() for _request in range(6)]
	assert waited[:3] == [0, 0, 0] and 60 <= waited[3] <= 62
	assert len(sleeps) <= 2


def test_threads_share_the_limit():
	store, stamps, lock = unique(), [], threading.Lock()

	def work():
		budget = RateBudget(store, 20, 1)
		for _request in range(10):
			budget.acquire()
			with lock:
				stamps.append(time.time())

	threads = [threading.Thread(target=work) for _thread in range(5)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert len(stamps) == 50 and most_in(stamps, 1) <= 20


@pytest.mark.parametrize("limit", [None, 0])
def test_no_limit_never_waits(limit):
	budget = RateBudget(unique(), limit, sleep=pytest.fail)
	for _request in range(1000):
		budget.acquire()
	assert str(budget) == "unlimited"


def test_a_pause_stops_everybody_of_the_same_store(fake_time):
	store = unique()
	first = RateBudget(store, 5, clock=fake_time.time, sleep=fake_time.sleep)
	second = RateBudget(
		store.replace("https://", "http://") + "/", None, clock=fake_time.time, sleep=fake_time.sleep
	)
	other = RateBudget(unique("other"), None, clock=fake_time.time, sleep=pytest.fail)
	first.pause(30)
	first.pause(5)
	other.acquire()
	assert second.acquire() == pytest.approx(30)


def test_a_storage_that_answers_asynchronously_is_refused():
	with pytest.raises(StoreError, match="RATELIMIT_STORAGE_URL names no storage"):
		RateBudget("https://shop.example", 5, storage_url="async+memory://")


def test_a_storage_that_does_not_exist_is_named_without_its_password():
	with pytest.raises(StoreError, match="RATELIMIT_STORAGE_URL names no storage") as caught:
		RateBudget(unique(), storage_url="nonsense://user:secret@host")
	assert "secret" not in str(caught.value)


def test_a_redis_that_is_down_is_named_without_its_password():
	with socket.socket() as unused:
		unused.bind(("127.0.0.1", 0))
		url = f"redis://:secret@127.0.0.1:{unused.getsockname()[1]}/0"
		budget = RateBudget(unique(), storage_url=url)
		for use in (budget.acquire, lambda: budget.pause(1)):
			with pytest.raises(
				StoreError, match=r"storage at redis://127.0.0.1:\d+/0 can't be used"
			) as caught:
				use()
			assert "secret" not in str(caught.value)


USES = {
	"acquire": lambda budget: budget.acquire(),
	"used": lambda budget: budget.used,
	"pause": lambda budget: budget.pause(1),
	"pause_left": lambda budget: budget.pause_left(),
	"end_pause": lambda budget: budget.end_pause(),
}
# Where the library holds the password: it makes a connection, and logs in.
PLACES = (
	"redis.connection.ConnectionPool.make_connection",
	"redis.connection.Connection.send_command",
	"redis.connection.Connection.read_response",
)


def assert_no_password(error: BaseException) -> None:
	shown = shown_by(error, __file__)
	for planted in ("planted", "secret"):
		assert planted not in shown


@pytest.mark.parametrize("use", USES)
def test_a_redis_that_refuses_the_password_leaves_none_in_the_frames(redis_url, use):
	with pytest.raises(BudgetUnavailableError) as caught:
		USES[use](RateBudget(unique(), storage_url=redis_url.replace("//", "//planted:secret@")))
	assert_no_password(caught.value)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("use", USES)
def test_a_time_that_is_over_while_the_budget_logs_in_leaves_no_password_in_the_frames(redis_url, use, place):
	budget = RateBudget(unique(), storage_url=redis_url.replace("//", "//planted:secret@"))
	with patch(place, side_effect=TimeIsOver), pytest.raises(TimeIsOver) as caught:
		USES[use](budget)
	assert_no_password(caught.value)


@pytest.mark.parametrize("error", (TimeIsOver("over"), ValueError("no"), ZeroDivisionError("no")))
def test_a_storage_that_cannot_be_opened_leaves_no_password_in_the_frames(error):
	url = "redis://planted:secret@127.0.0.1:1/0?password=secret"
	with patch("redis.connection.ConnectionPool.__init__", side_effect=error):
		with pytest.raises(Exception) as caught:
			RateBudget(unique(), storage_url=url)
	assert_no_password(caught.value)
	assert type(caught.value) in (type(error), StoreError)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
	binary = shutil.which("redis-server")
	if not binary:
		pytest.skip("there is no redis-server on this machine")
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	folder = tmp_path_factory.mktemp("redis")
	command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
	with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
		try:
			for _attempt in range(200):
				with socket.socket() as probe:
					if probe.connect_ex(("127.0.0.1", port)) == 0:
						break
				time.sleep(0.02)
			yield f"redis://127.0.0.1:{port}/0"
		finally:
			process.terminate()


def test_redis_shares_the_limit_between_processes_and_threads(redis_url, monkeypatch):
	monkeypatch.setenv("RATELIMIT_STORAGE_URL", redis_url)
	store, stamps, lock = unique(), [], threading.Lock()

	def work():
		budget = RateBudget(store, 20, 1)  # a connection of its own, as another process has
		assert budget.is_shared
		for _request in range(10):
			budget.acquire()
			with lock:
				stamps.append(time.time())

	threads = [threading.Thread(target=work) for _thread in range(5)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert len(stamps) == 50 and most_in(stamps, 1) <= 20


def test_redis_shares_a_pause_and_a_shorter_one_does_not_end_it(redis_url):
	store, sleeps = unique(), []

	def sleep(seconds):
		sleeps.append(seconds)
		time.sleep(seconds)

	first = RateBudget(store, 5, storage_url=redis_url)
	second = RateBudget(store, None, storage_url=redis_url, sleep=sleep)
	first.pause(0.3)
	first.pause(0.05)
	second.acquire()
	assert 0.2 < sum(sleeps) < 0.5


def test_a_wait_that_is_longer_than_the_caller_can_take_is_an_error_that_says_how_long(fake_time):
	budget = RateBudget(unique(), 100, clock=fake_time.time, sleep=fake_time.sleep)
	budget.pause(300)
	with pytest.raises(StoreThrottledError, match="300 more seconds") as raised:
		budget.acquire(longest_wait=90)
	assert raised.value.retry_after == 300
	fake_time.now[0] += 240
	assert budget.acquire(longest_wait=90) == pytest.approx(60)
