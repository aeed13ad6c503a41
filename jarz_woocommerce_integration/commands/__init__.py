"""`bench --site SITE woo ...`: the words of `jarz-woo`, with the site's own stores and books.

Exit codes as there: 0 everything is booked exactly or listed; 1 the proof found something unexplained; 2 what is asked
can't be done (the message says why and what to do); 130 stopped by Ctrl-C, to be gone on with.
"""

import sys

from jarz_woocommerce_integration.commands import books, migration, products, stock
from jarz_woocommerce_integration.commands.group import woo
from jarz_woocommerce_integration.services.session.preloading import preload

__all__ = ["books", "commands", "migration", "products", "stock", "woo"]

# What bench looks for.
commands = [woo]

preload(sys.argv)
