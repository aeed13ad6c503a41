"""Incidents: something of a store isn't well for a while. People are alerted once when it begins, and once when it is over.

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

	:ivar since: when it was seen first (site's clock); :ivar alerted: when people were alerted of it last, "" for never
	:ivar over: it is gone, and only remembered so that people aren't alerted at once if it comes back
	"""

	title: str
	since: str
	alerted: str = ""
	over: bool = False

	def is_alerted(self, now: datetime, repeat_after: timedelta | None) -> bool:
		return bool(self.alerted) and (
			repeat_after is None or now - get_datetime(self.alerted) < repeat_after
		)


def update(
	store: str,
	source: str,
	present: Mapping[str, str],
	now: datetime,
	passing: Collection[str] = (),
	solved: Collection[str] = (),
	repeat_after: timedelta | None = None,
) -> tuple[list[str], list[Incident]]:
	"""Compare what isn't well now with what is known, and keep it. Commits nothing.

	:param source: who looks; :param present: a key for each thing that isn't well, and its title
	:param passing: keys of what may be over with the next look, so that people are alerted at the second one
	:param solved: keys of what was put right just now; :param repeat_after: after so long people are alerted again, and not
		earlier even if it was over meanwhile; None: once as long as it lasts
	:returns: the keys of what people are to be alerted of; what they were alerted of and is over
	"""
	if not (present or _read(store).get(source)):
		return [], []
	everything = _read(store, for_update=True)
	before = {key: Incident(**known) for key, known in everything.get(source, {}).items()}
	after: dict[str, Incident] = {}
	begun, over = [], []
	for key, title in present.items():
		known = before.get(key)
		if not known or known.over:
			known = Incident(title, str(now), known.alerted if known else "")
		if not known.is_alerted(now, repeat_after) and (key in before or key not in passing):
			begun.append(key)
			known.alerted = str(now)
		known.over = key in solved
		after[key] = known
	for key, known in before.items():
		if key in present:
			continue
		if known.alerted and not known.over:
			over.append(known)
		if repeat_after and known.is_alerted(now, repeat_after):
			after[key] = replace(known, over=True)
	everything[source] = {key: asdict(known) for key, known in after.items()}
	frappe.db.set_value(
		STORE, store, COLUMN, json.dumps(everything, ensure_ascii=False), update_modified=False
	)
	return begun, over


def _read(store: str, for_update: bool = False) -> dict[str, dict]:
	"""Source -> key -> what is known."""
	return json.loads(frappe.db.get_value(STORE, store, COLUMN, for_update=for_update) or "{}")
