"""A sample shop behind HTTP, a ledger beside it, and one migration between them."""

from contextlib import contextmanager
from datetime import timezone

from jarz_woocommerce_integration.cli.access import SAMPLE_CREDENTIALS
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.migration.engine import Migration, Scope
from jarz_woocommerce_integration.services.migration.store_facts import store_identity
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

STATUSES = tuple(
	"pending processing on-hold completed cancelled refunded failed shipped checkout-draft trash".split()
)
BOOKED = {"completed", "processing", "refunded", "on-hold"}


class Shop:
	"""A sample store that is being served, and a client that never really waits."""

	def __init__(self, orders=250, **options):
		self.shop = SampleShop(seed=7, orders=orders, **options)
		self.store = SampleStore(self.shop)

	@contextmanager
	def open(self):
		with self.store.serve() as url:
			self.url = url
			yield self

	@contextmanager
	def serving(self):
		"""Serve once more, on another port, with whatever was changed of the store."""
		with self.store.serve() as self.url:
			yield

	def client(self):
		return StoreClient(self.url, SAMPLE_CREDENTIALS, sleep=lambda seconds: None, timeout=(2, 5))

	def migrate(self, path, policy=None, stop_after=None, **scope):
		"""One session of a migration. Returns (migration, verification)."""
		with self.client() as client, SQLiteLedger(path, store_identity(client)) as ledger:
			return self.migrate_into(client, ledger, policy, stop_after, **scope)

	@staticmethod
	def migrate_into(client, ledger, policy=None, stop_after=None, now=None, **scope):
		"""As `migrate`. :param now: when the run begins"""
		translator = Translator(policy or Policy(), TerritoryIndex([], {}), client.zone or timezone.utc)
		scope = Scope(**{"statuses": STATUSES, "page_size": 50, **scope})
		migration = Migration(client, ledger, translator, scope)

		def stop_when_due(progress):
			if stop_after and progress.pages >= stop_after:
				migration.stop.set()

		migration.on_progress = stop_when_due
		return migration, migration.run(now)


def rows(path):
	"""The Order Map of a ledger by order id."""
	with SQLiteLedger.open_existing(path) as ledger:
		return {order.order_id: order for order in ledger.booked_orders()}


def digest(path):
	with SQLiteLedger.open_existing(path) as ledger:
		return ledger.books_digest()
