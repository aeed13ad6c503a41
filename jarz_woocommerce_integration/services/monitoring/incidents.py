"""Incidents: something of a store isn't well for a while. People are told once when it begins, and once when it is over.

What is known of them is a column of the store, which survives the loss of Redis.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import frappe
from frappe.utils import get_datetime

STORE, COLUMN = "WooCommerce Store", "incidents"


@dataclass(slots=True)
class Incident:
	"""What is known of one.

	:ivar since: when it was seen first (site's clock); :ivar told: when people were told of it last, "" for never
	:ivar over: it is gone, and only remembered so that people aren't told at once if it comes back
	"""

	title: str
	since: str
	told: str = ""
	over: bool = False


def update(
	store: str,
	source: str,
	present: Mapping[str, str],
	now: datetime,
	*,
	passing: Collection[str] = (),
	solved: Collection[str] = (),
	repeat_after: timedelta | None = None,
) -> tuple[list[str], list[Incident]]:
	"""Compare what isn't well now with what is known, and keep it. Commits nothing.

	:param source: who looks; :param present: a key for each thing that isn't well, and its title
	:param passing: keys of what may be over with the next look, so that it is told at the second one
	:param solved: keys of what was put right just now; :param repeat_after: after so long people are told again, and not
		earlier even if it was over meanwhile; None: once as long as it lasts
	:returns: the keys of what people are to be told of; what they were told of and is over
	"""
	if not (present or _read(store).get(source)):
		return [], []
	everything = _read(store, for_update=True)
	before = {key: Incident(**known) for key, known in everything.get(source, {}).items()}

	def is_told(known: Incident) -> bool:
		return bool(known.told) and (repeat_after is None or now - get_datetime(known.told) < repeat_after)

	after: dict[str, Incident] = {}
	begun = []
	for key, title in present.items():
		seen = before.get(key)
		after[key] = known = replace(seen) if seen else Incident(title, str(now))
		if known.over:
			known.since = str(now)
		if not is_told(known) and (seen or key not in passing):
			begun.append(key)
			known.told = str(now)
		known.over = key in solved
	gone = {key: known for key, known in before.items() if key not in present}
	if repeat_after:
		after |= {key: replace(known, over=True) for key, known in gone.items() if is_told(known)}
	everything[source] = {key: asdict(known) for key, known in after.items()}
	_write(store, everything)
	return begun, [known for known in gone.values() if known.told and not known.over]


def forget(store: str, source: str) -> None:
	"""Nobody looks any more, so nobody is told that it is well."""
	if _read(store).get(source):
		_write(store, {**_read(store, for_update=True), source: {}})


def _read(store: str, for_update: bool = False) -> dict[str, dict]:
	"""Source -> key -> what is known."""
	return json.loads(frappe.db.get_value(STORE, store, COLUMN, for_update=for_update) or "{}")


def _write(store: str, everything: dict[str, dict]) -> None:
	text = json.dumps({source: known for source, known in everything.items() if known}, ensure_ascii=False)
	frappe.db.set_value(STORE, store, COLUMN, text, update_modified=False)
