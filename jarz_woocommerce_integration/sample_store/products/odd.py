"""Products as real shops have them beside the plain ones: each is odd in its own way."""

from typing import Any

from jarz_woocommerce_integration.sample_store.products import terms
from jarz_woocommerce_integration.sample_store.shop.catalogue import Attribute, Catalogue, Product
from jarz_woocommerce_integration.sample_store.shop.clock import DAY

_LONG = "Long name: " + "منتج طويل الاسم جدا " * 10
_FULL: dict[str, Any] = {
	"name": "Espresso machine",
	"sku": "FULL-1",
	"global_unique_id": "4006381333931",
	"price": 10050,
	"regular_price": "100.50",
	"sale_price": "80",
	"tax_class": "reduced-rate",
	"manages_stock": True,
	"stock": 20,
	"low_stock": 3,
	"backorders": "notify",
	"description": '<p>Long <script>alert(1)</script><b>text</b> <img src="x" onerror="alert(1)"></p>\n',
	"short_description": "<p>Short / قصير</p>\n",
	"weight": "1.25",
	"size": ("10", "5.5", "2"),
	"categories": (terms.COFFEE, terms.KITCHEN),
	"brands": (terms.NILE_WORKS,),
	"tags": (terms.GIFTS,),
	"images": (9002, 9003),
	"menu_order": 3,
	"meta": (("_supplier", "Nile Works"), ("notes", ["a", {"b": 1}])),
}
_COLOURS = (("red", "أحمر"), ("blue", "أزرق"))
_OWN_SIZE = ("%d8%a7%d9%84%d9%85%d9%82%d8%a7%d8%b3", "المقاس")


def add_odd_products(catalogue: Catalogue, end: int) -> None:
	"""Adds them, none of which an order names. `end`: the shop's last day, within one of the sales."""
	_add_simple_ones(catalogue, end)
	_add_states_of_stock(catalogue)
	_add_others(catalogue)
	_add_of_own_stock(catalogue)
	_add_of_parents_stock(catalogue)
	_add_without_skus(catalogue)


def _add_simple_ones(catalogue: Catalogue, end: int) -> None:
	add = catalogue.add
	attributes = (
		Attribute("Color", ("أسود",), terms.COLOUR),
		Attribute("Material", ("Steel", "Brass"), visible=False),
	)
	add(**_FULL, attributes=attributes, sale_from=end - 20 * DAY, sale_to=end + 3650 * DAY)
	add(
		name="Sale is over",
		sku="SALE-OVER",
		price=5000,
		sale_price="40",
		sale_from=end - 60 * DAY,
		sale_to=end - DAY,
	)
	add(name="Sale to come", sku="SALE-TO-COME", price=5000, sale_price="40", sale_from=end + 3600 * DAY)
	add(name="Sample (free)", sku="FREE-1", price=0)
	add(name="ملصق", sku="", price=33)
	add(name="Gold bracelet 21K", sku="GOLD-21", price=4_875_075, weight="0.021")
	add(name=_LONG.strip(), sku="LONG-1", price=1250)
	add(name="<b>Bold</b> & \"quoted\" 'product' 🎁", sku="HTML-1", price=7707)
	add(name="باقة هدايا 0.999", sku="ODD SKU/٧", price=100, regular_price="0.999")
	add(name="Same name", sku="SAME-1", price=1000)
	add(name="Same name", sku="SAME-2", price=1000)
	# Written by an import long ago: WooCommerce itself refuses the second
	add(name="Same SKU, first", sku="TWICE-1", price=1000)
	add(name="Same SKU, second", sku="TWICE-1", price=2000)
	add(name="Case of SKU", sku="same-1", price=1000)
	add(name="Not a taxed one", sku="TAX-NONE", price=1000, tax_status="none")
	add(name="Shipping only is taxed", sku="TAX-SHIPPING", price=1000, tax_status="shipping")
	add(name="Zero rate", sku="TAX-ZERO", price=1000, tax_class="zero-rate")


def _add_states_of_stock(catalogue: Catalogue) -> None:
	"""In stock, out of it, below zero, on backorder: counted and uncounted."""
	add = catalogue.add
	for quantity, backorders in ((0, "no"), (-2, "yes"), (7, "yes"), (1, "no")):
		add(
			name=f"Stock of {quantity}, backorders {backorders}",
			sku=f"STOCK-{quantity}-{backorders}",
			price=2000,
			manages_stock=True,
			stock=quantity,
			backorders=backorders,
		)
	for status in ("outofstock", "onbackorder"):
		add(name=f"Uncounted, {status}", sku=f"UNCOUNTED-{status}", price=2000, stock_status=status)


def _add_others(catalogue: Catalogue) -> None:
	add = catalogue.add
	add(name="مسودة Draft", sku="DRAFT-1", price=0, regular_price="", state="draft")
	add(name="Pending", sku="PENDING-1", price=1500, state="pending")
	add(name="Private", sku="PRIVATE-1", price=1500, state="private")
	add(name="Hidden", sku="HIDDEN-1", price=1500, visibility="hidden")
	add(name="In the trash", sku="TRASH-1", price=1500, state="trash")
	add(name="تركيب منزلي", sku="VIRT-1", price=14995, virtual=True, categories=(terms.DIGITAL,))
	add(
		name="E-book: Nile delta",
		sku="DL-1",
		price=8990,
		tax_class="reduced-rate",
		virtual=True,
		downloadable=True,
		downloads=(("file", "f0.pdf"),),
		categories=(terms.DIGITAL,),
	)
	add(
		name="Sold elsewhere",
		sku="EXT-1",
		price=1000,
		type="external",
		external_url="https://example.com/x",
		button_text="Buy there",
	)
	children = tuple(product.id for product in catalogue.components[:3])
	add(name="طقم المطبخ (grouped)", sku="GRP-1", price=0, type="grouped", grouped=children)
	add(name="Variable without variations", sku="VAR-NONE", price=0, type="variable")
	add(
		name="Subscription box",
		sku="SUB-1",
		price=9900,
		type="subscription",
		meta=(("_subscription_period", "month"),),
	)


def _variable(
	catalogue: Catalogue, name: str, sku: str, price: int, sizes: tuple[str, ...], **fields: Any
) -> Product:
	"""A product in two colours, which the shop knows, and in sizes of its own."""
	attributes = (
		Attribute("Color", tuple(shown for _key, shown in _COLOURS), terms.COLOUR, variation=True),
		Attribute("المقاس", sizes, variation=True),
		Attribute("Care", ("Wash cold",)),
	)
	return catalogue.add(
		**{"categories": (terms.ABAYAS,), "attributes": attributes, **fields},
		name=name,
		sku=sku,
		price=price,
		type="variable",
	)


def _variation(
	catalogue: Catalogue, parent: Product, colour: str, size: str | None, **fields: Any
) -> Product:
	"""A variation; without `size` of any size."""
	shown = dict(_COLOURS)[colour]
	options = [(terms.COLOUR, "Color", colour, shown)]
	if size is not None:
		options.append((*_OWN_SIZE, size, size))
	names = ", ".join(option[3] for option in options)
	fields = {"sku": "", "price": parent.price, "tax_class": parent.tax_class, **fields}
	return catalogue.add(
		**fields,
		name=f"{parent.name} - {names}",
		type="variation",
		parent_id=parent.id,
		options=tuple(options),
		categories=(),
	)


def _add_of_own_stock(catalogue: Catalogue) -> None:
	"""Each variation counts its own; with barcodes, images, a sale, a private one and one in the trash."""
	sizes = ("S", "M", "XL / كبير")
	defaults = ((terms.COLOUR, "Color", "blue"), ("", "المقاس", "M"))
	parent = _variable(catalogue, "عباية مطرزة", "OWN-1", 35000, sizes, defaults=defaults, images=(9004,))
	for place, (colour, size) in enumerate((c, s) for c, _shown in _COLOURS for s in sizes):
		_variation(
			catalogue,
			parent,
			colour,
			size,
			sku=f"OWN-1-{colour[0].upper()}-{size[0]}",
			price=35000 + place * 735,
			sale_price="300" if place == 1 else "",
			manages_stock=True,
			stock=place * 4,
			global_unique_id=f"622000000000{place}" if place < 2 else "",
			images=(9005,) if place == 0 else (),
			state={4: "private", 5: "trash"}.get(place, "publish"),
			weight="0.4" if place else "",
		)


def _add_of_parents_stock(catalogue: Catalogue) -> None:
	"""The product counts for all of its variations but one, which counts for itself; one is of any size."""
	parent = _variable(
		catalogue,
		"Lab coat",
		"SHARED-1",
		15000,
		("S", "M"),
		manages_stock=True,
		stock=50,
		tax_class="reduced-rate",
	)
	_variation(catalogue, parent, "red", "S", sku="SHARED-1-R-S")
	_variation(catalogue, parent, "red", "M", sku="SHARED-1-R-M", manages_stock=True, stock=7)
	_variation(catalogue, parent, "blue", None)
	_variation(catalogue, parent, "red", None, sku="SHARED-1-R", price=0, regular_price="")


def _add_without_skus(catalogue: Catalogue) -> None:
	"""Variations show their product's SKU where they have none; here nobody has one."""
	parent = _variable(catalogue, "Cotton socks", "", 4500, ("S", "M"))
	for colour, _shown in _COLOURS:
		_variation(catalogue, parent, colour, "S")
	named = _variable(catalogue, "جلابية", "NOSKU-1", 25000, ("S", "M"))
	for colour, _shown in _COLOURS:
		_variation(catalogue, named, colour, "M", stock_status="outofstock" if colour == "red" else "instock")
