"""What the sample shop sells, and the names that its order lines carry."""

from dataclasses import dataclass, replace
from typing import Any

_FIRST_ID = 16


@dataclass(frozen=True)
class Product:
	"""A product or variation.

	:ivar price: piastres, net or gross as the shop's setting says; :ivar state: "publish", "trash" or "deleted"
	:ivar options: of a variation: (key, label, value, shown value)
	"""

	id: int
	name: str
	sku: str
	price: int
	type: str = "simple"
	tax_class: str = ""
	parent_id: int = 0
	options: tuple[tuple[str, str, str, str], ...] = ()
	virtual: bool = False
	manages_stock: bool = False
	state: str = "publish"
	global_unique_id: str = ""

	def on_line(self, catalogue: "Catalogue") -> dict[str, Any]:
		"""How order lines show it today: ids, SKU and parent, after all that has been deleted since the sale."""
		parent = catalogue.by_id.get(self.parent_id)
		shown = {
			"product_id": self.id,
			"variation_id": 0,
			"sku": self.sku,
			"global_unique_id": self.global_unique_id,
			"image": {"id": "", "src": ""},
			"parent_name": None,
		}
		if self.state == "deleted" and parent and parent.state != "deleted":
			shown |= {"product_id": parent.id, "sku": parent.sku}
		elif self.state == "deleted":
			shown |= {"product_id": 0, "sku": None, "global_unique_id": None, "image": {"id": 0, "src": ""}}
		elif parent:
			shown |= {"product_id": parent.id, "variation_id": self.id, "sku": self.sku or parent.sku}
			shown |= {"image": {"id": 0, "src": ""}, "parent_name": parent.name}
		return shown


_SIMPLE_NAMES = (
	"خلاط كهربائي",
	'Test product "quoted" & <b>amp</b>',
	"زيت زيتون",
	"Rose water / ماء ورد",
	"ماوس لاسلكي",
	"عطر العود",
	"Cotton towel 70x140",
	"حقيبة ظهر",
	"شاحن سريع",
	"Organic honey 500 g",
	"مكنسة",
	"عباية سوداء",
)
_PRICES = (
	3333,
	1999,
	50,
	149995,
	7500,
	120000,
	700,
	9000,
	25000,
	1000,
	9990,
	33350,
	12345,
	45000,
	6666,
	8765,
)
_COLOURS = (
	("red", "أحمر", "S"),
	("blue", "أزرق", "M"),
	("black", "أسود", "L"),
)


class Catalogue:
	"""All products, also those that were deleted and live on only in order lines."""

	def __init__(self):
		self._next_id = _FIRST_ID
		self.all: list[Product] = []
		for number in range(1, 61):
			self._add_simple(number)
		for number in range(1, 9):
			self._add_variable(number)
		self.free = self._add(name="هدية مجانية", sku="GIFT-0", price=0)
		self._add_bundles()
		self.by_id = {product.id: product for product in self.all}
		self.sold = [p for p in self.all if p.type in ("simple", "variation") and p.price]
		self.lines = {product.id: product.on_line(self) for product in self.all}

	def served(self) -> list[Product]:
		"""What the main product list shows: no variations, nothing trashed or deleted; newest first."""
		return [p for p in reversed(self.all) if p.type != "variation" and p.state == "publish"]

	def variations_of(self, parent_id: int) -> list[Product]:
		"""Published variations of a product, newest first."""
		return [p for p in reversed(self.all) if p.parent_id == parent_id and p.state == "publish"]

	def rename(self, product_id: int, name: str | None, sku: str | None) -> None:
		"""Another name or SKU. Lines that were sold keep the name.

		:raises KeyError: there is no such product
		"""
		before = self.by_id[product_id]
		after = replace(
			before, name=before.name if name is None else name, sku=before.sku if sku is None else sku
		)
		self.all[self.all.index(before)] = self.by_id[product_id] = after
		self.lines = {product.id: product.on_line(self) for product in self.all}

	def _add(self, **fields: Any) -> Product:
		product = Product(id=self._next_id, **fields)
		self._next_id += 1
		self.all.append(product)
		return product

	def _add_simple(self, number: int) -> None:
		sku = {5: "كود-5", 6: "SKU 006/B", 11: "", 23: "", 41: ""}.get(number, f"SKU-{number:03d}")
		self._add(
			name=f"{_SIMPLE_NAMES[number % len(_SIMPLE_NAMES)]} {number}",
			sku="SKU-014-NEW" if number == 14 else sku,
			price=_PRICES[number % len(_PRICES)],
			tax_class="reduced-rate" if number % 6 == 0 else "zero-rate" if number % 25 == 0 else "",
			virtual=number % 15 == 0,
			manages_stock=number % 8 == 0,
			state={3: "deleted", 10: "trash", 37: "deleted"}.get(number, "publish"),
			global_unique_id="6221234567890" if number == 12 else "",
		)

	def _add_variable(self, number: int) -> None:
		"""A product in three colours. Of 3 the whole product was deleted, of 7 only the blue one."""
		gone = "deleted" if number == 3 else "publish"
		parent = self._add(
			name=f"تيشيرت متغير {number}",
			sku=f"VAR-{number}",
			price=15000 + number * 1000,
			type="variable",
			state=gone,
		)
		for place, (colour, shown, size) in enumerate(_COLOURS):
			own_sku = (
				"" if (number, colour) in ((6, "blue"), (8, "black")) else f"VAR-{number}-{colour.upper()}"
			)
			self._add(
				name=f"{parent.name} - {shown}, {size}",
				sku=own_sku,
				price=parent.price + place * 25,
				type="variation",
				parent_id=parent.id,
				options=(("pa_color", "Color", colour, shown), ("size", "Size", size, size)),
				state="deleted" if (number, colour) == (7, "blue") else gone,
			)

	def _add_bundles(self) -> None:
		"""A bundle for each plugin; its components are simple products."""
		self.components = [p for p in self.all if p.type == "simple" and p.state == "publish" and p.price][
			:12
		]
		self.wpc_fixed = self._add(name="Bundle / باقة العناية", sku="BUNDLE-1", price=99950, type="woosb")
		self.wpc_components = self._add(name="باقة على مزاجك", sku="BUNDLE-2", price=0, type="woosb")
		self.product_bundle = self._add(name="Breakfast box", sku="BUNDLE-3", price=45000, type="bundle")
		self.composite = self._add(name="Gift composite", sku="COMP-1", price=20000, type="composite")
