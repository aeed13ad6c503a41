"""Why the stock of a product is left alone, in English: whoever reads it does so in their own language."""

from jarz_woocommerce_integration.ledger.erpnext.stock.products import (
	DISABLED,
	NO_STOCK_ITEM,
	NO_STOCK_PARTS,
	TEMPLATE,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.stock.comparison import (
	NOT_COUNTED,
	NOT_THERE,
	OF_PARENT,
	OF_PARTS,
	OF_POOL,
)
from jarz_woocommerce_integration.services.stock.pools import NOT_ALL_LINKED

# By what `Compared` or `SoldProduct` says.
REASONS = {
	TEMPLATE: Sentence("The item is a template: its variants have the stock."),
	NO_STOCK_ITEM: Sentence("The item isn't a stock item."),
	NO_STOCK_PARTS: Sentence("The Product Bundle has no stock item."),
	DISABLED: Sentence("The item is disabled."),
	NOT_THERE: Sentence("The shop doesn't have the product any more."),
	NOT_COUNTED: Sentence("The shop doesn't manage the stock of this product."),
	NOT_ALL_LINKED: Sentence("A variation that shares its stock isn't linked to a stock item."),
	OF_POOL: Sentence("It takes the stock of its product, which is offered the sum of its variations."),
	OF_PARTS: Sentence("A plugin of the shop offers as many of it as its parts allow."),
	OF_PARENT: Sentence("The shop manages the stock of the whole product, not of this variation."),
}
