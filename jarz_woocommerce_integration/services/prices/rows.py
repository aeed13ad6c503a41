"""The rows of WooCommerce Price Level, and who works on them."""

from jarz_woocommerce_integration.services.levels.rows import LevelRows
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

LEVEL = "WooCommerce Price Level"
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.prices.sending.send",
	"woo_prices",
	at_once=False,
	pauses=(2, 5, 15, 60, 240, 720),
)
ROWS = LevelRows(LEVEL, "wanted", WORK, ("conversion",))
