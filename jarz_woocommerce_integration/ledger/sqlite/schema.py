"""The tables and views of the SQLite ledger. docs/develop/sqlite-ledger.md explains them; amounts are in thousandths.

No key depends on when a row was written: the books of a run that was killed and resumed equal those of one that wasn't.
"""

APPLICATION_ID = 0x4A57434C  # "JWCL", by which a file is known as one of ours
SCHEMA_VERSION = 4

# What a row, and a charge, of an invoice and of a credit note have alike.
_ROW = """	position INTEGER NOT NULL,
	item_code TEXT NOT NULL,
	item_name TEXT NOT NULL,
	description TEXT NOT NULL,
	quantity TEXT NOT NULL,
	rate TEXT NOT NULL,
	amount INTEGER NOT NULL,
	price_list_rate TEXT NOT NULL,
	account TEXT NOT NULL,
	order_line_id INTEGER NOT NULL,
	sku TEXT NOT NULL,
	store_product TEXT NOT NULL,
	unknown INTEGER NOT NULL,
"""
_CHARGE = """	position INTEGER NOT NULL,
	kind TEXT NOT NULL,
	account TEXT NOT NULL,
	description TEXT NOT NULL,
	amount INTEGER NOT NULL,
	source_id INTEGER NOT NULL,
	rate_percent TEXT,
"""

TABLES = f"""
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run (
	run_id INTEGER PRIMARY KEY,
	started_at TEXT NOT NULL,
	before TEXT NOT NULL,
	parameters TEXT NOT NULL,
	next_page INTEGER NOT NULL DEFAULT 1,
	finished_at TEXT,
	abandoned INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE page (
	run_id INTEGER NOT NULL REFERENCES run (run_id),
	number INTEGER NOT NULL,
	orders INTEGER NOT NULL,
	committed_at TEXT NOT NULL,
	PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

-- made_as: the company that the customer was made as, '' for a person.
-- is_foreign: in the merchant's books before, and nobody has accepted it for this store.
CREATE TABLE customer (
	customer TEXT PRIMARY KEY,
	customer_name TEXT NOT NULL,
	store_customer_id INTEGER UNIQUE,
	phone_text TEXT NOT NULL DEFAULT '',
	company TEXT NOT NULL DEFAULT '',
	made_as TEXT NOT NULL DEFAULT '',
	contact_name TEXT NOT NULL DEFAULT '',
	tax_id TEXT NOT NULL DEFAULT '',
	is_foreign INTEGER NOT NULL DEFAULT 0,
	source TEXT NOT NULL CHECK (source IN ('run', 'loaded'))
);

-- is_own: with which the customer was made, or of the merchant's list; the others came with orders.
CREATE TABLE customer_evidence (
	kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
	value TEXT NOT NULL,
	customer TEXT NOT NULL REFERENCES customer (customer),
	is_own INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (kind, value, customer)
) WITHOUT ROWID;
CREATE INDEX idx_evidence_customer ON customer_evidence (customer);

-- Decisions between create_masters and book_page: a page that is resumed in between keeps them.
CREATE TABLE pending_decision (
	order_id INTEGER PRIMARY KEY,
	payload_hash TEXT NOT NULL,
	customer TEXT NOT NULL,
	outcome TEXT NOT NULL,
	evidence TEXT NOT NULL,
	candidates TEXT NOT NULL,
	ambiguous INTEGER NOT NULL,
	note TEXT NOT NULL
);

CREATE TABLE customer_decision (
	order_id INTEGER PRIMARY KEY REFERENCES order_map (order_id) DEFERRABLE INITIALLY DEFERRED,
	customer TEXT NOT NULL,
	outcome TEXT NOT NULL,
	evidence TEXT NOT NULL,
	candidates TEXT NOT NULL,
	ambiguous INTEGER NOT NULL,
	note TEXT NOT NULL
);

CREATE TABLE address (
	customer TEXT NOT NULL REFERENCES customer (customer),
	signature TEXT NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	company TEXT NOT NULL,
	line_1 TEXT NOT NULL,
	line_2 TEXT NOT NULL,
	city TEXT NOT NULL,
	state TEXT NOT NULL,
	postcode TEXT NOT NULL,
	country TEXT NOT NULL,
	territory TEXT,
	territory_code TEXT NOT NULL,
	phone TEXT NOT NULL,
	email TEXT NOT NULL,
	PRIMARY KEY (customer, signature)
) WITHOUT ROWID;

CREATE TABLE item (
	item_code TEXT PRIMARY KEY,
	item_name TEXT NOT NULL,
	product_id INTEGER NOT NULL DEFAULT 0,
	variation_id INTEGER NOT NULL DEFAULT 0,
	sku TEXT NOT NULL DEFAULT '',
	has_variants INTEGER NOT NULL DEFAULT 0,
	source TEXT NOT NULL CHECK (source IN ('run', 'loaded'))
);
CREATE UNIQUE INDEX idx_item_product ON item (product_id, variation_id) WHERE product_id > 0;
CREATE INDEX idx_item_sku ON item (sku) WHERE sku <> '';

CREATE TABLE territory (
	territory TEXT PRIMARY KEY,
	code TEXT NOT NULL DEFAULT '',
	labels TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;

-- tendered_total: what gift cards and store credit settled beside order_total. refunded_elsewhere: refunds of sub-orders
-- that are credited here. received_unbooked: paid for an order that isn't booked, and not given back.
-- order_total_exact: only where the store's total has more decimals than order_total keeps.
CREATE TABLE order_map (
	order_id INTEGER PRIMARY KEY,
	number TEXT NOT NULL,
	status TEXT NOT NULL,
	state TEXT NOT NULL CHECK (
		state IN ('Synced', 'Skipped', 'Held', 'Failed', 'Cancelled', 'Deleted in Store')
	),
	changed TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL DEFAULT '',
	message TEXT NOT NULL DEFAULT '',
	what_to_do TEXT NOT NULL DEFAULT '',
	breakdown TEXT NOT NULL DEFAULT '[]',
	currency TEXT NOT NULL,
	order_total INTEGER NOT NULL,
	order_total_exact TEXT,
	refunded_total INTEGER NOT NULL,
	refunded_elsewhere INTEGER NOT NULL DEFAULT 0,
	tendered_total INTEGER NOT NULL DEFAULT 0,
	received_unbooked INTEGER NOT NULL DEFAULT 0,
	paid_at TEXT,
	parent_id INTEGER NOT NULL DEFAULT 0,
	payload_hash TEXT NOT NULL,
	policy_hash TEXT NOT NULL,
	created_at TEXT,
	modified_at TEXT,
	payment_method TEXT NOT NULL,
	customer_name TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 1,
	run_id INTEGER NOT NULL,
	page INTEGER NOT NULL,
	first_seen_at TEXT NOT NULL,
	written_at TEXT NOT NULL
);

-- submitted: whether it ever was, also where it is cancelled now.
CREATE TABLE invoice (
	order_id INTEGER PRIMARY KEY REFERENCES order_map (order_id) DEFERRABLE INITIALLY DEFERRED,
	name TEXT NOT NULL UNIQUE,
	customer TEXT NOT NULL REFERENCES customer (customer),
	currency TEXT NOT NULL,
	total INTEGER NOT NULL,
	posted_at TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('Draft', 'Submitted', 'Cancelled')),
	submitted INTEGER NOT NULL,
	is_return INTEGER NOT NULL,
	fingerprint TEXT NOT NULL,
	receivable_account TEXT NOT NULL,
	billing_signature TEXT,
	shipping_signature TEXT,
	delivery_day TEXT,
	delivery_from TEXT NOT NULL,
	delivery_to TEXT NOT NULL,
	delivery_text TEXT NOT NULL,
	delivery_flagged INTEGER NOT NULL,
	remarks TEXT NOT NULL,
	coupons TEXT NOT NULL,
	vat_number TEXT NOT NULL DEFAULT '',
	vat_exempt INTEGER NOT NULL DEFAULT 0,
	FOREIGN KEY (customer, billing_signature) REFERENCES address (customer, signature),
	FOREIGN KEY (customer, shipping_signature) REFERENCES address (customer, signature)
);

CREATE TABLE invoice_row (
	order_id INTEGER NOT NULL REFERENCES invoice (order_id),
{_ROW}	PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

CREATE TABLE invoice_charge (
	order_id INTEGER NOT NULL REFERENCES invoice (order_id),
{_CHARGE}	PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

CREATE TABLE credit_note (
	refund_id INTEGER PRIMARY KEY,
	order_id INTEGER NOT NULL REFERENCES invoice (order_id),
	name TEXT NOT NULL UNIQUE,
	total INTEGER NOT NULL,
	posted_at TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('Submitted', 'Cancelled')),
	reason TEXT NOT NULL
);
CREATE INDEX idx_credit_note_order ON credit_note (order_id);

CREATE TABLE credit_note_row (
	refund_id INTEGER NOT NULL REFERENCES credit_note (refund_id),
{_ROW}	PRIMARY KEY (refund_id, position)
) WITHOUT ROWID;

CREATE TABLE credit_note_charge (
	refund_id INTEGER NOT NULL REFERENCES credit_note (refund_id),
{_CHARGE}	PRIMARY KEY (refund_id, position)
) WITHOUT ROWID;

-- refund_id 0: what came in, payment_key '' by the order's own gateway, 'advance' without an invoice; else the repayment
-- of that refund.
CREATE TABLE payment (
	order_id INTEGER NOT NULL REFERENCES order_map (order_id) DEFERRABLE INITIALLY DEFERRED,
	refund_id INTEGER NOT NULL DEFAULT 0,
	payment_key TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL UNIQUE,
	direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
	amount INTEGER NOT NULL CHECK (amount > 0),
	mode_of_payment TEXT NOT NULL,
	account TEXT NOT NULL,
	paid_at TEXT NOT NULL,
	gateway TEXT NOT NULL,
	gateway_title TEXT NOT NULL,
	reference TEXT NOT NULL,
	fee INTEGER NOT NULL DEFAULT 0,
	fee_account TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL CHECK (status IN ('Submitted', 'Cancelled')),
	PRIMARY KEY (order_id, refund_id, payment_key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX idx_payment_refund ON payment (refund_id) WHERE refund_id > 0;

CREATE TABLE gl_entry (
	order_id INTEGER NOT NULL REFERENCES order_map (order_id) DEFERRABLE INITIALLY DEFERRED,
	voucher_type TEXT NOT NULL CHECK (voucher_type IN ('invoice', 'credit note', 'payment')),
	voucher TEXT NOT NULL,
	reversal INTEGER NOT NULL DEFAULT 0,
	position INTEGER NOT NULL,
	account TEXT NOT NULL,
	party TEXT NOT NULL,
	currency TEXT NOT NULL,
	debit INTEGER NOT NULL CHECK (debit >= 0),
	credit INTEGER NOT NULL CHECK (credit >= 0),
	posted_at TEXT NOT NULL,
	PRIMARY KEY (order_id, voucher_type, voucher, reversal, position)
) WITHOUT ROWID;
"""


def _readable(amount: str) -> str:
	"""SQL that writes the sum `amount` (thousandths) as a decimal, without a float in between."""
	return (
		f"printf('%s%d.%03d', CASE WHEN {amount} < 0 THEN '-' ELSE '' END,"
		f" abs({amount}) / 1000, abs({amount}) % 1000)"
	)


_BALANCE = "sum(debit - credit)"

VIEWS = f"""
CREATE VIEW balance_per_customer AS
SELECT party AS customer, customer_name, currency, count(DISTINCT order_id) AS orders,
	sum(debit) AS debit_thousandths, sum(credit) AS credit_thousandths,
	{_BALANCE} AS balance_thousandths, {_readable(_BALANCE)} AS balance
FROM gl_entry JOIN customer ON customer.customer = gl_entry.party
GROUP BY party, currency;

CREATE VIEW balance_per_account AS
SELECT account, currency, sum(debit) AS debit_thousandths, sum(credit) AS credit_thousandths,
	{_BALANCE} AS balance_thousandths, {_readable(_BALANCE)} AS balance
FROM gl_entry
GROUP BY account, currency;

CREATE VIEW balance_per_month AS
SELECT substr(posted_at, 1, 7) AS month, account, currency,
	sum(debit) AS debit_thousandths, sum(credit) AS credit_thousandths,
	{_BALANCE} AS balance_thousandths, {_readable(_BALANCE)} AS balance
FROM gl_entry
GROUP BY month, account, currency;

CREATE VIEW held_orders AS
SELECT reason, order_id, number, status, currency,
	coalesce(order_total_exact, {_readable("order_total")}) AS order_total,
	customer_name, message, what_to_do, breakdown
FROM order_map
WHERE state = 'Held';

CREATE VIEW ambiguous_customers AS
SELECT order_id, number, customer_decision.customer, customer.customer_name, outcome, evidence, candidates, note
FROM customer_decision
JOIN order_map USING (order_id)
JOIN customer ON customer.customer = customer_decision.customer
WHERE ambiguous;
"""

# What the books are compared by: every table and column that doesn't say when or how often something was tried.
BOOK_QUERIES = (
	"SELECT order_id, number, status, state, changed, reason, message, what_to_do, breakdown, currency, order_total,"
	" order_total_exact, refunded_total, refunded_elsewhere, tendered_total, received_unbooked, paid_at, parent_id, payload_hash, policy_hash, created_at, modified_at, payment_method,"
	" customer_name FROM order_map ORDER BY order_id",
	"SELECT * FROM customer ORDER BY customer",
	"SELECT * FROM customer_evidence ORDER BY kind, value, customer",
	"SELECT * FROM customer_decision ORDER BY order_id",
	"SELECT * FROM address ORDER BY customer, signature",
	"SELECT * FROM item ORDER BY item_code",
	"SELECT * FROM territory ORDER BY territory",
	"SELECT * FROM invoice ORDER BY order_id",
	"SELECT * FROM invoice_row ORDER BY order_id, position",
	"SELECT * FROM invoice_charge ORDER BY order_id, position",
	"SELECT * FROM credit_note ORDER BY refund_id",
	"SELECT * FROM credit_note_row ORDER BY refund_id, position",
	"SELECT * FROM credit_note_charge ORDER BY refund_id, position",
	"SELECT * FROM payment ORDER BY order_id, refund_id, payment_key",
	"SELECT * FROM gl_entry ORDER BY order_id, voucher_type, voucher, reversal, position",
)
