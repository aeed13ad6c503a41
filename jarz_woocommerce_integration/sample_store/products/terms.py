"""Categories, brands, tags and attributes of the sample shop."""

from dataclasses import dataclass, field
from urllib.parse import quote

from jarz_woocommerce_integration.sample_store.shop.catalogue import UNCATEGORIZED


@dataclass(frozen=True)
class Term:
	"""A category, brand, tag, or a value of an attribute. `image`: id, 0 for none; `description` is plain text."""

	id: int
	name: str
	slug: str
	parent: int = 0
	description: str = ""
	image: int = 0


@dataclass(frozen=True)
class KnownAttribute:
	"""An attribute that the shop knows, with its terms. `key`: "pa_…"."""

	id: int
	name: str
	key: str
	terms: tuple[Term, ...]


def slug_of(name: str) -> str:
	"""WordPress's way of writing a name in an address."""
	kept = "".join(letter if letter.isalnum() else " " for letter in name.casefold())
	return quote("-".join(kept.split()), safe="-").lower()


CLOTHING, ABAYAS, ELECTRONICS, KITCHEN, DIGITAL, GROCERY, COFFEE, OTHERS = range(16, 24)
NILE_WORKS = 45
GIFTS = 46
COLOUR, SIZE = "pa_color", "pa_size"


def _categories() -> tuple[Term, ...]:
	"""A tree three deep, an empty one, and one name at two places."""
	named = (
		(UNCATEGORIZED, "Uncategorized", 0),
		(CLOTHING, "ملابس Clothing", 0),
		(ABAYAS, "عبايات & جلابيات", CLOTHING),
		(ELECTRONICS, "Electronics", 0),
		(KITCHEN, "Home & Kitchen", 0),
		(DIGITAL, "Digital", 0),
		(GROCERY, "أغذية Grocery", KITCHEN),
		(COFFEE, "Coffee", GROCERY),
		(OTHERS, "Others", KITCHEN),
		(OTHERS + 1, "Others", ELECTRONICS),
		(OTHERS + 2, "Empty category", 0),
	)
	terms = [Term(number, name, slug_of(name), parent) for number, name, parent in named]
	terms[-2] = Term(OTHERS + 1, "Others", "others-electronics", ELECTRONICS)
	terms[4] = Term(KITCHEN, "Home & Kitchen", "home-kitchen", 0, "Pots, pans & more", 9001)
	return tuple(terms)


def _attributes() -> tuple[KnownAttribute, ...]:
	colours = (("أحمر", "red"), ("أزرق", "blue"), ("أسود", "black"), ("Off-white / أبيض", "off-white"))
	sizes = (("S", "s"), ("M", "m"), ("L", "l"), ("XL / كبير", "xl"))
	return tuple(
		KnownAttribute(
			number,
			name,
			key,
			tuple(Term(first + place, shown, slug) for place, (shown, slug) in enumerate(values)),
		)
		for number, name, key, first, values in (
			(1, "Color", COLOUR, 27, colours),
			(2, "المقاس Size", SIZE, 35, sizes),
		)
	)


@dataclass
class Terms:
	"""All terms of a shop, by id."""

	categories: dict[int, Term] = field(default_factory=lambda: {term.id: term for term in _categories()})
	brands: dict[int, Term] = field(
		default_factory=lambda: {NILE_WORKS: Term(NILE_WORKS, "Nile Works", "nile-works")}
	)
	tags: dict[int, Term] = field(default_factory=lambda: {GIFTS: Term(GIFTS, "gifts", "gifts")})
	attributes: dict[int, KnownAttribute] = field(
		default_factory=lambda: {attribute.id: attribute for attribute in _attributes()}
	)

	def attribute_id(self, key: str) -> int:
		"""0 where it is no attribute that the shop knows."""
		return next((known.id for known in self.attributes.values() if known.key == key), 0)
