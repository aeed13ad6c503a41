"""Orders whose personal data the shop erased: what WordPress writes instead of it is no evidence for anybody."""

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.text import clean

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Address, Order

# WordPress translates the text, and neither the address nor WooCommerce's mark.
EMAIL = "deleted@site.invalid"
TEXT = "[deleted]"
MARK = ("_anonymized", "yes")
NOBODY = {"first_name": "", "last_name": "", "company": "", "email": "", "phone": ""}
NOWHERE = {"address_1": "", "address_2": "", "city": "", "state": "", "postcode": "", "country": ""}


def is_anonymised(order: "Order") -> bool:
	"""Whether WooCommerce's eraser, or its retention of old orders, has been at the order."""
	if any((entry.key, entry.value) == MARK for entry in order.meta_data):
		return True
	return any(map(_is_erased, (order.billing, order.shipping)))


def is_erased_email(email: str) -> bool:
	""":param email: case-folded"""
	return email == EMAIL


def without_erased(order: "Order") -> "Order":
	"""An anonymised order without what stands in the place of its person: the account, names, places, the payment's id."""
	nothing = {**NOBODY, **NOWHERE}
	return order.model_copy(
		update={
			"customer_id": 0,
			"transaction_id": "",
			"billing": order.billing.model_copy(update=nothing),
			"shipping": order.shipping.model_copy(update=nothing),
		}
	)


def _is_erased(address: "Address") -> bool:
	names = (clean(address.first_name), clean(address.last_name))
	return is_erased_email(clean(address.email).casefold()) or names == (TEXT, TEXT)
