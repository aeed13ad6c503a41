"""Bundles: which lines of an order belong together, and what of them is sold at which price.

A small file for each plugin finds its bundles (`BundlePlugin`); this module turns them into sold lines under the
merchant's policy. Whatever a plugin does, the money of the sold lines is the money of the order's lines, to the cent.
docs/develop/bundle-plugins.md says how to add a plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from jarz_woocommerce_integration.translation.amounts.money import share
from jarz_woocommerce_integration.translation.bundles import (
	composite_products,
	mix_and_match,
	product_bundles,
	wpc_bundles,
	yith_bundles,
)
from jarz_woocommerce_integration.translation.bundles.base import BundleGroup, BundlePlugin, NamedComponent
from jarz_woocommerce_integration.translation.policy import BundlePolicy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem
	from jarz_woocommerce_integration.store.products.payloads import CatalogueProduct

__all__ = [
	"PLUGINS",
	"BundleGroup",
	"BundlePlugin",
	"NamedComponent",
	"Returned",
	"SoldLine",
	"bundle_parts",
	"counts_by_parts",
	"listed_by_parts",
	"returned_lines",
	"sold_lines",
]

PLUGINS: tuple[BundlePlugin, ...] = (
	wpc_bundles.PLUGIN,
	product_bundles.PLUGIN,
	composite_products.PLUGIN,
	mix_and_match.PLUGIN,
	yith_bundles.PLUGIN,
)
_KEYS = frozenset().union(*(plugin.keys for plugin in PLUGINS))

ZERO = Decimal(0)


@dataclass(slots=True)
class SoldLine:
	"""One thing that was sold, with the money it is booked at.

	:ivar line: the order's line that it comes from; the bundle's line for a component that has none
	:ivar list_of: id of the bundle's line that this is listed under at zero, 0 for everything else
	:ivar note: what the invoice says of it beside its name
	:ivar sources: ids of the order's lines whose money it carries, wholly or in part
	"""

	line: LineItem
	quantity: Decimal
	subtotal: Decimal
	total: Decimal
	list_of: int
	note: str
	product_id: int
	variation_id: int
	sku: str
	name: str
	sources: tuple[int, ...] = ()


class Returned(NamedTuple):
	"""What a refund gives back of one line of its order: pieces, and money without tax. Both are positive."""

	quantity: Decimal
	total: Decimal


@dataclass(slots=True)
class _Component:
	"""A component of a bundle, with what its own line was charged.

	:ivar is_named: only the bundle's line names it: `line` is the bundle's
	"""

	line: LineItem
	quantity: Decimal
	subtotal: Decimal
	total: Decimal
	product_id: int
	variation_id: int
	sku: str
	name: str
	is_named: bool = False


@dataclass(slots=True)
class _Bundle:
	"""A bundle with all its components; those of bundles inside it are `components`, too."""

	components: list[_Component] = field(default_factory=list)
	inner: list[LineItem] = field(default_factory=list)


def sold_lines(line_items: Sequence[LineItem], policy: BundlePolicy) -> list[SoldLine]:
	"""What an order's lines sell, in their order, a bundle's components after it.

	KEEP_PARENT: the bundle's line costs what all its lines cost, and components are listed at zero.
	EXPLODE: the bundle's line goes, and what it cost is shared out to its components, beside what they cost themselves.
	"""
	keys = {meta.key for line in line_items for meta in line.meta_data}
	if _KEYS.isdisjoint(keys):
		return [_plain(line) for line in line_items]
	bundles, members = _bundles(line_items, keys)
	sell = _exploded if policy is BundlePolicy.EXPLODE else _kept
	sold: list[SoldLine] = []
	for line in line_items:
		if line.id in bundles:
			sold += sell(line, bundles[line.id])
		elif line.id not in members:
			sold.append(_plain(line))
	return sold


def returned_lines(
	line_items: Sequence[LineItem], returned: Mapping[int, Returned], policy: BundlePolicy
) -> list[SoldLine]:
	"""What came back of an order's lines, split over the same rows as they were sold with.

	:param line_items: the order's; :param returned: by the id of the order's line
	:return: a quantity of 0 says that only money came back; lines of which nothing came back are left out
	"""
	keys = {meta.key for line in line_items for meta in line.meta_data}
	bundles, members = ({}, set()) if _KEYS.isdisjoint(keys) else _bundles(line_items, keys)
	give_back = _exploded_back if policy is BundlePolicy.EXPLODE else _kept_back
	lines: list[SoldLine] = []
	for line in line_items:
		if line.id in bundles:
			lines += give_back(line, bundles[line.id], returned)
		elif line.id not in members and line.id in returned:
			lines.append(
				replace(_plain(line), quantity=returned[line.id].quantity, total=returned[line.id].total)
			)
	return [line for line in lines if line.quantity or line.total]


def counts_by_parts(product_type: str) -> bool:
	"""Whether the shop works out how many there are of such a product from its parts, so that nothing is to be written."""
	return any(plugin.counts_by_parts and plugin.product_type == product_type for plugin in PLUGINS)


def listed_by_parts(line_items: Sequence[LineItem]) -> set[int]:
	"""The ids of an order's lines that are bundles whose parts have lines of their own: those are the goods."""
	keys = {meta.key for line in line_items for meta in line.meta_data}
	return {
		group.parent.id
		for plugin in PLUGINS
		if not plugin.keys.isdisjoint(keys)
		for group in plugin.groups(line_items)
		if group.children
	}


def bundle_parts(product: CatalogueProduct) -> list[NamedComponent] | None:
	"""What is in each bundle of a product. Empty where the buyer chooses that; None for a product that is no bundle."""
	plugin = next((plugin for plugin in PLUGINS if plugin.product_type == product.type), None)
	return plugin.parts(product) if plugin else None


def _bundles(line_items: Sequence[LineItem], keys: set[str]) -> tuple[dict[int, _Bundle], set[int]]:
	"""The outermost bundles by their line's id, and the ids of all lines that are inside one."""
	groups = [
		group for plugin in PLUGINS if not plugin.keys.isdisjoint(keys) for group in plugin.groups(line_items)
	]
	parents: dict[int, int] = {}
	for group in groups:
		for child in group.children:
			parents.setdefault(child.id, group.parent.id)
	roots = {line.id: _root(line.id, parents) for line in line_items}
	containers = {group.parent.id for group in groups if group.named} | set(parents.values())
	bundles = {root: _Bundle() for line, root in roots.items() if line in containers}
	members = {line for line, root in roots.items() if root != line}
	for line in line_items:
		if line.id in members:
			bundle = bundles[roots[line.id]]
			if line.id in containers:
				bundle.inner.append(line)
			else:
				bundle.components.append(_component(line))
	for group in groups:
		# One without names may have lost all its lines to another plugin's bundle, and is none then.
		if group.named:
			bundle = bundles[roots[group.parent.id]]
			bundle.components += [_named_component(named, group.parent) for named in group.named]
	return {root: bundle for root, bundle in bundles.items() if bundle.components}, members


def _root(line: int, parents: dict[int, int]) -> int:
	"""The outermost bundle that a line is in, itself if it is in none; lines that contain each other are in none."""
	path = [line]
	while path[-1] in parents:
		parent = parents[path[-1]]
		if parent in path:
			return line
		path.append(parent)
	return path[-1]


# --- what is sold ------------------------------------------------------------------------------


def _plain(line: LineItem) -> SoldLine:
	return SoldLine(
		line,
		line.quantity,
		line.subtotal,
		line.total,
		0,
		"",
		line.product_id,
		line.variation_id,
		line.sku,
		line.name,
		(line.id,),
	)


def _component(line: LineItem) -> _Component:
	return _Component(
		line,
		line.quantity,
		line.subtotal,
		line.total,
		line.product_id,
		line.variation_id,
		line.sku,
		line.name,
	)


def _named_component(named: NamedComponent, parent: LineItem) -> _Component:
	name = named.name or f"Product {named.variation_id or named.product_id}"
	return _Component(
		parent, named.quantity, ZERO, ZERO, named.product_id, named.variation_id, named.sku, name, True
	)


def _kept(line: LineItem, bundle: _Bundle) -> Iterator[SoldLine]:
	"""The bundle at the whole price, then its components at zero."""
	whole = _plain(line)
	parts: tuple[LineItem | _Component, ...] = (line, *bundle.inner, *bundle.components)
	whole.subtotal = sum((part.subtotal for part in parts), ZERO)
	whole.total = sum((part.total for part in parts), ZERO)
	whole.sources = _sources(line, bundle)
	yield whole
	for inner in bundle.inner:
		yield _sold(_component(inner), ZERO, ZERO, line.id, f"(in {line.name})")
	for component in bundle.components:
		yield _sold(component, ZERO, ZERO, line.id, f"(in {line.name})")


def _exploded(line: LineItem, bundle: _Bundle) -> Iterator[SoldLine]:
	"""The components, each at its own price and its share of what the bundle's line and the bundles inside it cost."""
	containers = (line, *bundle.inner)
	weights = _weights(bundle.components)
	subtotals = _shares(sum((part.subtotal for part in containers), ZERO), weights)
	totals = _shares(sum((part.total for part in containers), ZERO), weights)
	for component, subtotal, total in zip(bundle.components, subtotals, totals, strict=True):
		sold = _sold(
			component, component.subtotal + subtotal, component.total + total, 0, f"(from {line.name})"
		)
		yield replace(sold, sources=_sources_of_component(component, line, bundle))


def _kept_back(line: LineItem, bundle: _Bundle, returned: Mapping[int, Returned]) -> Iterator[SoldLine]:
	"""The money was booked on the bundle's row, so it comes off that row; goods come back as what they are."""
	whole = next(_kept(line, bundle))
	parts = [returned[source] for source in whole.sources if source in returned]
	whole.total = sum((part.total for part in parts), ZERO)
	whole.quantity = returned[line.id].quantity if line.id in returned else ZERO
	yield whole
	for inner in bundle.inner:
		if inner.id in returned:
			component = replace(_component(inner), quantity=returned[inner.id].quantity)
			yield _sold(component, ZERO, ZERO, line.id, f"(in {line.name})")
	for component in bundle.components:
		yield _sold(_component_back(component, returned), ZERO, ZERO, line.id, f"(in {line.name})")


def _exploded_back(line: LineItem, bundle: _Bundle, returned: Mapping[int, Returned]) -> Iterator[SoldLine]:
	"""What came off the bundle's line comes off its components, in the shares in which it was booked."""
	containers = [returned[part.id].total for part in (line, *bundle.inner) if part.id in returned]
	shares = _shares(sum(containers, ZERO), _weights(bundle.components))
	for component, part in zip(bundle.components, shares, strict=True):
		back = _component_back(component, returned)
		sold = _sold(back, ZERO, back.total + part, 0, f"(from {line.name})")
		yield replace(sold, sources=_sources_of_component(component, line, bundle))


def _component_back(component: _Component, returned: Mapping[int, Returned]) -> _Component:
	"""A component with what came back of it; one without a line of its own came back with its bundle."""
	back = returned.get(component.line.id, Returned(ZERO, ZERO))
	if not component.is_named:
		return replace(component, quantity=back.quantity, total=back.total)
	pieces = component.quantity / component.line.quantity if component.line.quantity else ZERO
	return replace(component, quantity=pieces * back.quantity)


def _sources(line: LineItem, bundle: _Bundle) -> tuple[int, ...]:
	"""The ids of all lines of a bundle, each once."""
	parts = (line, *bundle.inner, *(component.line for component in bundle.components))
	return tuple(dict.fromkeys(part.id for part in parts))


def _sources_of_component(component: _Component, line: LineItem, bundle: _Bundle) -> tuple[int, ...]:
	return tuple(dict.fromkeys(part.id for part in (component.line, line, *bundle.inner)))


def _sold(component: _Component, subtotal: Decimal, total: Decimal, list_of: int, note: str) -> SoldLine:
	return SoldLine(
		component.line,
		component.quantity,
		subtotal,
		total,
		list_of,
		note,
		component.product_id,
		component.variation_id,
		component.sku,
		component.name,
	)


def _weights(components: Iterable[_Component]) -> list[Decimal]:
	"""By the components' own prices where they have any, else by quantity."""
	prices = [max(component.subtotal, ZERO) for component in components]
	return prices if any(prices) else [max(component.quantity, ZERO) for component in components]


def _shares(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
	"""Exact shares in the amount's own smallest unit: the store writes as many decimals as its currency has."""
	return share(amount, weights, max(0, -int(amount.as_tuple().exponent)))
