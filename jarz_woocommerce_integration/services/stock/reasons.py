"""Why the stock of a product is left alone, as a person reads it."""

from frappe import _

from jarz_woocommerce_integration.ledger.erpnext.stock.products import (
	DISABLED,
	NO_STOCK_ITEM,
	NO_STOCK_PARTS,
	TEMPLATE,
)
from jarz_woocommerce_integration.services.stock.comparison import NOT_COUNTED, NOT_THERE, OF_PARENT


def words_of(reason: str) -> str:
	""":param reason: of `Compared` or `SoldProduct`"""
	return {
		TEMPLATE: _("The item is a template: its variants have the stock."),
		NO_STOCK_ITEM: _("The item isn't a stock item."),
		NO_STOCK_PARTS: _("The Product Bundle has no stock item."),
		DISABLED: _("The item is disabled."),
		NOT_THERE: _("The shop doesn't have the product any more."),
		NOT_COUNTED: _("The shop doesn't manage the stock of this product."),
		OF_PARENT: _("The shop manages the stock of the whole product, not of this variation."),
	}[reason]
