"""The day of the migration as a checklist that the tool walks through itself. Nothing is changed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from frappe import _
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.findings import ERROR, WARNING, Finding
from jarz_woocommerce_integration.sentences import Sentence, translated
from jarz_woocommerce_integration.services.migration.estimates import in_words as time_in_words
from jarz_woocommerce_integration.services.preflight import books, bulk, database, machine, runs, shop
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.session.background import in_words, log
from jarz_woocommerce_integration.services.session.session import get_store

NOT_KNOWN = "This isn't known: {0}"


@dataclass(frozen=True)
class Point:
	"""One point of the list. :ivar look: says what it finds; what it raises is a finding, too"""

	name: str
	title: str
	look: Callable[[Situation], Findings]


POINTS = (
	Point("backup", "Backup", machine.backup),
	Point("disk", "Disk", machine.disk),
	Point("binary_log", "Binary Log", database.binary_log),
	Point("cluster", "Database Cluster", database.cluster),
	Point("workers", "Workers", machine.workers),
	Point("scheduler", "Scheduler", machine.scheduler),
	Point("job_timeout", "Job Timeout", machine.job_timeout),
	Point("indexes", "Indexes", books.indexes),
	Point("bulk_booking", "Bulk Booking", bulk.bulk_booking),
	Point("sales_update", "Sales Update Frequency", books.sales_update),
	Point("store", "Store", shop.connection),
	Point("budget", "Requests and Time", shop.budget_and_time),
	Point("open_days", "Fiscal Years", books.open_days),
	Point("mappings", "Mappings", shop.mappings),
	Point("products", "Products", shop.products),
	Point("currencies", "Currencies", shop.currencies),
	Point("rehearsal", "Rehearsal", runs.rehearsal),
	Point("migrations", "Other Migrations", runs.other_migrations),
)


@dataclass
class Looked:
	"""What one point found."""

	name: str
	title: str
	findings: list[Finding]


@dataclass
class Plan:
	"""What a migration has before it.

	:ivar orders: of the shop; :ivar left: of them, those that were never seen here; :ivar time: that one worker needs, in words
	:ivar days: on which the first and the last order are posted, None where the shop doesn't say
	"""

	orders: int
	left: int
	time: str
	days: tuple[str, str] | None


@dataclass
class Preflight:
	""":ivar store: name of the WooCommerce Store; :ivar points: in the order of the list
	:ivar plan: None where the shop can't be asked
	"""

	store: str
	points: list[Looked] = field(default_factory=list)
	plan: "Plan | None" = None

	@property
	def ready(self) -> bool:
		"""Whether nothing is in the way; what is only a warning is for a person to weigh."""
		return not self.count(ERROR)

	def count(self, level: str) -> int:
		return sum(finding.level == level for point in self.points for finding in point.findings)

	def as_dict(self) -> dict:
		"""For JSON."""
		counts = {"errors": self.count(ERROR), "warnings": self.count(WARNING)}
		return {"ready": self.ready, **counts, **asdict(self)}


def preflight(store_name: str | None = None) -> Preflight:
	"""Look at everything that a migration of the store needs. Takes some thirty requests to the shop.

	:raises StoreSetupError: there is no such store
	"""
	store = get_store(store_name)
	with Situation(store) as situation:
		points = [_look(point, situation) for point in POINTS]
		return Preflight(store.name, points, _plan(situation))


def _plan(situation: Situation) -> Plan | None:
	try:
		days = situation.days
		return Plan(
			situation.orders,
			situation.left_to_book,
			translated(time_in_words(situation.speed.seconds(situation.left_to_book)), _),
			days and (days[0].isoformat(), days[1].isoformat()),
		)
	except WooCommerceIntegrationError:
		return None  # the point Store says why


def _look(point: Point, situation: Situation) -> Looked:
	"""A point that can't be looked at doesn't keep the others from being."""
	findings: list[Finding] = []
	unforeseen = ""
	try:
		findings.extend(point.look(situation))
	except WooCommerceIntegrationError as error:
		findings.append(Finding(WARNING, Sentence(NOT_KNOWN, error.message), error.what_to_do))
	except RedisError as error:
		findings.append(
			Finding(
				ERROR,
				Sentence("The site's Redis doesn't answer ({0}).", type(error).__name__),
				"Start it, or correct redis_queue and redis_cache in the site's configuration.",
			)
		)
	except OSError as error:
		findings.append(Finding(WARNING, Sentence(NOT_KNOWN, error.strerror or type(error).__name__)))
	except Exception as error:
		unforeseen = in_words(error)
	if unforeseen:
		# A mistake of ours: shown as one, and logged with its place.
		log(f"Preflight: {point.title}", unforeseen)
		findings.append(
			Finding(
				ERROR, Sentence("This point failed: {0}.", unforeseen), "Report this as a mistake of the app."
			)
		)
	return Looked(point.name, _(point.title), [finding.translated(_) for finding in findings])
