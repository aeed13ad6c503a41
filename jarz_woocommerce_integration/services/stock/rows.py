"""The rows of WooCommerce Stock Level, and who works on them."""

from jarz_woocommerce_integration.services.levels.rows import LevelRows
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

LEVEL = "WooCommerce Stock Level"
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.stock.sending.send",
	"woo_stock",
	at_once=False,
	pauses=(2, 5, 15, 60, 240, 720),
)
# Between the quantity and those of the shop's locations.
BAR = "|"
ROWS = LevelRows(LEVEL, f"concat_ws('{BAR}', books_quantity, nullif(books_locations, ''))", WORK)
