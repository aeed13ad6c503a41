"""The questions that a verification asks the books themselves. Each answers with what is wrong, so the right is silent.

Amounts leave the database as text: Frappe would make floats of them. Sums are made by MariaDB, over decimals, so a
million invoices need no more memory here than ten.
"""


def _ours(table: str, link: str) -> str:
	"""The condition for documents of a store's orders: those that the Order Map names, and others that the app made.

	That a document carries an order's id proves nothing, since whoever may write it may write that, too.

	:param table: alias of the document's table; :param link: field of the Order Map and of its credit notes that names it
	"""
	return f"""{table}.woo_store = %(store)s AND {table}.woo_order_id > 0 AND ({table}.woo_run > 0 OR EXISTS (
		SELECT 1 FROM `tabWooCommerce Order Map` own
		LEFT JOIN `tabWooCommerce Order Map Credit Note` own_note
			ON own_note.parent = own.name AND own_note.{link} = {table}.name
		WHERE own.store = {table}.woo_store AND own.woo_order_id = {table}.woo_order_id
			AND (own.{link} = {table}.name OR own_note.name IS NOT NULL)))"""


INVOICE_OURS = _ours("invoice", "sales_invoice")
NOTE_OURS = _ours("note", "sales_invoice")
PAYMENT_OURS = _ours("payment", "payment_entry")
# An order's own invoice, which is a return where the order's total is negative; a refund's credit note names the refund.
ORDERS_OWN = "coalesce(invoice.woo_refund_id, 0) = 0"

# What an invoice's rows put on each account, and what the general ledger has of it, in the company's currency.
# ERPNext converts each amount of an invoice in another currency by itself, and books what the rows then lack of the grand total to
# the round-off account, where the rounding of the order may stand as well.
# What goods have cost, which ERPNext writes beside the sale of an invoice that moves stock, is no part of the order.
ROWS_AND_ENTRIES = f"""
	SELECT invoice.woo_order_id AS order_id, invoice.name AS voucher, row.income_account AS account,
		row.base_net_amount AS documents, 0 AS ledger
	FROM `tabSales Invoice` invoice JOIN `tabSales Invoice Item` row ON row.parent = invoice.name
	WHERE {INVOICE_OURS} AND invoice.docstatus = 1
	UNION ALL
	SELECT invoice.woo_order_id, invoice.name, row.account_head, row.base_tax_amount_after_discount_amount, 0
	FROM `tabSales Invoice` invoice JOIN `tabSales Taxes and Charges` row
		ON row.parent = invoice.name AND row.parenttype = 'Sales Invoice'
	WHERE {INVOICE_OURS} AND invoice.docstatus = 1
	UNION ALL
	SELECT invoice.woo_order_id, invoice.name, company.round_off_account,
		invoice.base_grand_total
			- (SELECT coalesce(sum(row.base_net_amount), 0) FROM `tabSales Invoice Item` row WHERE row.parent = invoice.name)
			- (SELECT coalesce(sum(row.base_tax_amount_after_discount_amount), 0) FROM `tabSales Taxes and Charges` row
				WHERE row.parent = invoice.name AND row.parenttype = 'Sales Invoice'), 0
	FROM `tabSales Invoice` invoice JOIN `tabCompany` company ON company.name = invoice.company
	WHERE {INVOICE_OURS} AND invoice.docstatus = 1 AND invoice.currency <> company.default_currency
	UNION ALL
	SELECT invoice.woo_order_id, invoice.name, entry.account, 0, entry.credit - entry.debit
	FROM `tabSales Invoice` invoice JOIN `tabGL Entry` entry
		ON entry.voucher_type = 'Sales Invoice' AND entry.voucher_no = invoice.name AND entry.is_cancelled = 0
	WHERE {INVOICE_OURS} AND invoice.docstatus = 1 AND entry.account <> invoice.debit_to
		AND NOT EXISTS (SELECT 1 FROM `tabSales Invoice Payment` payment
			WHERE invoice.is_pos = 1 AND payment.parent = invoice.name AND payment.account = entry.account)
		AND NOT (invoice.update_stock = 1 AND (
			EXISTS (SELECT 1 FROM `tabAccount` account WHERE account.name = entry.account AND account.account_type = 'Stock')
			OR EXISTS (SELECT 1 FROM `tabSales Invoice Item` row WHERE row.parent = invoice.name
				AND row.expense_account = entry.account AND row.income_account <> entry.account)))
"""

# Both accounts of each payment: what it says to move there, in the account's currency and in the company's.
# A fee that the gateway kept never reaches the bank, and is settled beside the payment.
FEE = """(SELECT coalesce(sum(deduction.amount), 0) FROM `tabPayment Entry Deduction` deduction
			WHERE deduction.parent = payment.name)"""
PAYMENT_SIDES = f"""
	SELECT payment.woo_order_id, payment.woo_refund_id, payment.name, payment.payment_type, payment.woo_amount,
		payment.company, payment.paid_from AS account, payment.paid_from_account_currency AS currency,
		payment.paid_amount AS amount, payment.base_paid_amount AS base_amount, -1 AS sign,
		CASE payment.payment_type WHEN 'Receive' THEN 1 ELSE 0 END AS settles, {FEE} AS fee
	FROM `tabPayment Entry` payment
	WHERE {PAYMENT_OURS} AND payment.docstatus = 1
	UNION ALL
	SELECT payment.woo_order_id, payment.woo_refund_id, payment.name, payment.payment_type, payment.woo_amount,
		payment.company, payment.paid_to, payment.paid_to_account_currency,
		payment.received_amount, payment.base_received_amount, 1,
		CASE payment.payment_type WHEN 'Receive' THEN 0 ELSE 1 END, {FEE}
	FROM `tabPayment Entry` payment
	WHERE {PAYMENT_OURS} AND payment.docstatus = 1
"""

# An order's own payment is the whole of what its gateway had to take, a repayment the whole credit note; those beside it
# (gift cards, deposits), and repayments of orders that have such, are parts.
WRONG_AMOUNT = """CASE
	WHEN coalesce(payment.woo_payment_key, '') <> '' THEN payment.woo_amount > abs(invoice.grand_total)
	WHEN coalesce(payment.woo_refund_id, 0) = 0
		THEN payment.woo_amount <> abs(invoice.grand_total) - coalesce(map.tendered_total, 0)
	WHEN EXISTS (SELECT 1 FROM `tabPayment Entry` beside WHERE beside.woo_order_id = payment.woo_order_id
		AND beside.woo_store = payment.woo_store AND beside.docstatus = 1 AND beside.woo_run > 0
		AND coalesce(beside.woo_payment_key, '') <> '')
		THEN payment.woo_amount > abs(invoice.grand_total)
	ELSE payment.woo_amount <> abs(invoice.grand_total) END"""

# kind -> (what it means, query that gives order_id, voucher, a, b and account)
CHECKS: dict[str, tuple[str, str]] = {
	"duplicate_invoice": (
		"Order {order_id} has several invoices: {voucher}.",
		f"""
		SELECT invoice.woo_order_id AS order_id, group_concat(invoice.name ORDER BY invoice.name SEPARATOR ', ') AS voucher
		FROM `tabSales Invoice` invoice
		WHERE {INVOICE_OURS} AND invoice.docstatus < 2 AND {ORDERS_OWN}
		GROUP BY invoice.woo_order_id HAVING count(*) > 1
		""",
	),
	"orphan_invoice": (
		"{voucher} names order {order_id}, whose Order Map has {a}.",
		f"""
		SELECT invoice.woo_order_id AS order_id, invoice.name AS voucher, coalesce(map.sales_invoice, 'no invoice') AS a
		FROM `tabSales Invoice` invoice
		LEFT JOIN `tabWooCommerce Order Map` map
			ON map.store = invoice.woo_store AND map.woo_order_id = invoice.woo_order_id
		WHERE {INVOICE_OURS} AND invoice.docstatus < 2 AND {ORDERS_OWN}
			AND (map.sales_invoice IS NULL OR map.sales_invoice <> invoice.name)
		""",
	),
	"missing_invoice": (
		"Order {order_id} counts as booked, but its invoice {voucher} is {a}.",
		"""
		SELECT map.woo_order_id AS order_id, coalesce(map.sales_invoice, '') AS voucher,
			CASE WHEN invoice.name IS NULL THEN 'not there' WHEN invoice.docstatus = 2 THEN 'cancelled'
				ELSE 'another order''s' END AS a
		FROM `tabWooCommerce Order Map` map
		LEFT JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
		WHERE map.store = %(store)s AND map.state = 'Synced' AND coalesce(map.changed, '') = ''
			AND (invoice.name IS NULL OR invoice.docstatus = 2 OR NOT invoice.woo_order_id <=> map.woo_order_id)
		""",
	),
	"invoice_total": (
		"Invoice {voucher} is {a}, order {order_id} with what was paid by credit is {b}.",
		f"""
		SELECT invoice.woo_order_id AS order_id, invoice.name AS voucher, CAST(invoice.grand_total AS CHAR) AS a,
			CAST(map.total + map.tendered_total AS CHAR) AS b
		FROM `tabSales Invoice` invoice
		JOIN `tabWooCommerce Order Map` map ON map.store = invoice.woo_store AND map.woo_order_id = invoice.woo_order_id
		WHERE {INVOICE_OURS} AND invoice.docstatus < 2 AND {ORDERS_OWN} AND map.state = 'Synced'
			AND coalesce(map.changed, '') = ''
			AND (invoice.grand_total <> map.total + map.tendered_total OR invoice.currency <> map.currency)
		""",
	),
	"duplicate_credit_note": (
		"A refund of order {order_id} has several credit notes: {voucher}.",
		f"""
		SELECT woo_order_id AS order_id, group_concat(name ORDER BY name SEPARATOR ', ') AS voucher
		FROM `tabSales Invoice` note WHERE {NOTE_OURS} AND docstatus < 2 AND woo_refund_id > 0
		GROUP BY woo_order_id, woo_refund_id HAVING count(*) > 1
		""",
	),
	"orphan_credit_note": (
		"The credit note {voucher} names order {order_id}, whose Order Map doesn't have it.",
		f"""
		SELECT note.woo_order_id AS order_id, note.name AS voucher
		FROM `tabSales Invoice` note
		LEFT JOIN `tabWooCommerce Order Map` map ON map.store = note.woo_store AND map.woo_order_id = note.woo_order_id
		LEFT JOIN `tabWooCommerce Order Map Credit Note` row
			ON row.parent = map.name AND row.sales_invoice = note.name AND row.refund_id = note.woo_refund_id
		WHERE {NOTE_OURS} AND note.docstatus < 2 AND note.woo_refund_id > 0 AND row.name IS NULL
		""",
	),
	"refunds": (
		"The credit notes of order {order_id} come to {a}, its refunds to {b}.",
		f"""
		SELECT map.woo_order_id AS order_id, map.sales_invoice AS voucher,
			CAST(coalesce(notes.total, 0) AS CHAR) AS a,
			CAST(map.refunded_total + map.refunded_elsewhere AS CHAR) AS b
		FROM `tabWooCommerce Order Map` map
		JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice AND invoice.docstatus = 1
		LEFT JOIN (
			SELECT note.woo_order_id, -sum(note.grand_total) AS total FROM `tabSales Invoice` note
			WHERE {NOTE_OURS} AND note.docstatus = 1 AND note.woo_refund_id > 0 GROUP BY note.woo_order_id
		) notes ON notes.woo_order_id = map.woo_order_id
		WHERE map.store = %(store)s AND map.state = 'Synced' AND coalesce(map.changed, '') = ''
			AND coalesce(notes.total, 0) <> map.refunded_total + map.refunded_elsewhere
		""",
	),
	"duplicate_payment": (
		"A payment of order {order_id} is there several times: {voucher}.",
		f"""
		SELECT woo_order_id AS order_id, group_concat(name ORDER BY name SEPARATOR ', ') AS voucher
		FROM `tabPayment Entry` payment WHERE {PAYMENT_OURS} AND docstatus < 2
		GROUP BY woo_order_id, coalesce(woo_refund_id, 0), coalesce(woo_payment_key, '') HAVING count(*) > 1
		""",
	),
	"orphan_payment": (
		"The payment {voucher} names order {order_id}, which has no booked invoice.",
		f"""
		SELECT payment.woo_order_id AS order_id, payment.name AS voucher FROM `tabPayment Entry` payment
		LEFT JOIN `tabSales Invoice` invoice ON {INVOICE_OURS}
			AND invoice.woo_order_id = payment.woo_order_id AND invoice.docstatus = 1
			AND coalesce(invoice.woo_refund_id, 0) = coalesce(payment.woo_refund_id, 0)
		WHERE {PAYMENT_OURS} AND payment.docstatus = 1 AND invoice.name IS NULL
			AND coalesce(payment.woo_payment_key, '') <> 'advance'
		""",
	),
	"unbalanced": (
		"{voucher} of order {order_id} has debits of {a} and credits of {b}.",
		"""
		SELECT ours.woo_order_id AS order_id, entry.voucher_no AS voucher, CAST(sum(entry.debit) AS CHAR) AS a,
			CAST(sum(entry.credit) AS CHAR) AS b
		FROM ({vouchers}) ours
		JOIN `tabGL Entry` entry ON entry.voucher_type = ours.voucher_type AND entry.voucher_no = ours.name
		GROUP BY ours.woo_order_id, entry.voucher_type, entry.voucher_no HAVING sum(entry.debit) <> sum(entry.credit)
		""",
	),
	"no_ledger_entries": (
		"{voucher} of order {order_id} is submitted with {a}, but the general ledger has no entry of it.",
		"""
		SELECT ours.woo_order_id AS order_id, ours.name AS voucher, CAST(ours.total AS CHAR) AS a FROM ({vouchers}) ours
		LEFT JOIN `tabGL Entry` entry
			ON entry.voucher_type = ours.voucher_type AND entry.voucher_no = ours.name AND entry.is_cancelled = 0
		WHERE ours.docstatus = 1 AND ours.total <> 0 AND entry.name IS NULL
		""",
	),
	"receivable": (
		"{voucher} of order {order_id} comes to {b} in the company's currency, but its receivable entries to {a}.",
		f"""
		SELECT order_id, voucher, CAST(entries AS CHAR) AS a, CAST(due AS CHAR) AS b FROM (
			SELECT invoice.woo_order_id AS order_id, invoice.name AS voucher,
				coalesce(sum(entry.debit) - sum(entry.credit), 0) AS entries,
				invoice.base_grand_total - CASE invoice.is_pos WHEN 1 THEN invoice.base_paid_amount ELSE 0 END AS due
			FROM `tabSales Invoice` invoice
			LEFT JOIN `tabGL Entry` entry ON entry.voucher_type = 'Sales Invoice' AND entry.voucher_no = invoice.name
				AND entry.account = invoice.debit_to AND entry.is_cancelled = 0
			WHERE {INVOICE_OURS} AND invoice.docstatus = 1 GROUP BY invoice.name
		) invoices WHERE entries <> due
		""",
	),
	"outstanding": (
		"{voucher} of order {order_id} has {a} outstanding, but {b} in the payment ledger.",
		f"""
		SELECT order_id, voucher, CAST(outstanding AS CHAR) AS a, CAST(entries AS CHAR) AS b FROM (
			SELECT invoice.woo_order_id AS order_id, invoice.name AS voucher, invoice.outstanding_amount AS outstanding,
				coalesce(sum(entry.amount_in_account_currency), 0) AS entries
			FROM `tabSales Invoice` invoice
			LEFT JOIN `tabPayment Ledger Entry` entry ON entry.against_voucher_type = 'Sales Invoice'
				AND entry.against_voucher_no = invoice.name AND entry.account = invoice.debit_to AND entry.delinked = 0
			WHERE {INVOICE_OURS} AND invoice.docstatus = 1 GROUP BY invoice.name
		) invoices WHERE entries <> outstanding
		""",
	),
	"entries": (
		"{voucher} of order {order_id} has {a} on {account} in its rows, but {b} in the general ledger.",
		f"""
		SELECT part.order_id, part.voucher, part.account, CAST(sum(part.documents) AS CHAR) AS a,
			CAST(sum(part.ledger) AS CHAR) AS b
		FROM ({ROWS_AND_ENTRIES}) part
		GROUP BY part.order_id, part.voucher, part.account HAVING sum(part.documents) <> sum(part.ledger)
		""",
	),
	"payment_amount": (
		"The payment {voucher} of order {order_id} is {a}, but it pays {b} of the invoice or credit note.",
		f"""
		SELECT payment.woo_order_id AS order_id, payment.name AS voucher, CAST(payment.woo_amount AS CHAR) AS a,
			CAST(abs(invoice.grand_total) - CASE WHEN coalesce(payment.woo_refund_id, 0) = 0
				THEN coalesce(map.tendered_total, 0) ELSE 0 END AS CHAR) AS b
		FROM `tabPayment Entry` payment
		LEFT JOIN `tabWooCommerce Order Map` map
			ON map.store = payment.woo_store AND map.woo_order_id = payment.woo_order_id
		JOIN `tabSales Invoice` invoice ON {INVOICE_OURS}
			AND invoice.woo_order_id = payment.woo_order_id AND invoice.docstatus = 1
			AND coalesce(invoice.woo_refund_id, 0) = coalesce(payment.woo_refund_id, 0)
		WHERE {PAYMENT_OURS} AND payment.docstatus = 1 AND {WRONG_AMOUNT}
		""",
	),
	"payment_moved": (
		"The payment {voucher} of order {order_id} moves {a} on {account}, but must move {b}.",
		f"""
		SELECT order_id, voucher, account, CAST(moved AS CHAR) AS a, CAST(due AS CHAR) AS b FROM (
			SELECT side.woo_order_id AS order_id, side.name AS voucher, side.account, side.amount + side.fee AS moved,
				CASE WHEN side.currency = invoice.currency AND (side.fee = 0 OR side.currency = company.default_currency)
						THEN side.woo_amount
					WHEN side.currency = company.default_currency AND side.woo_amount = abs(invoice.grand_total)
						THEN abs(invoice.base_grand_total) END AS due
			FROM ({PAYMENT_SIDES}) side JOIN `tabCompany` company ON company.name = side.company
			JOIN `tabSales Invoice` invoice ON {INVOICE_OURS} AND invoice.woo_order_id = side.woo_order_id
				AND invoice.docstatus = 1 AND coalesce(invoice.woo_refund_id, 0) = coalesce(side.woo_refund_id, 0)
		) sides WHERE due <> moved
		""",
	),
	"payment_entries": (
		"The payment {voucher} of order {order_id} moves {b} on {account}, but the general ledger has {a}.",
		f"""
		SELECT order_id, voucher, account, CAST(entries AS CHAR) AS a, CAST(due AS CHAR) AS b FROM (
			SELECT side.woo_order_id AS order_id, side.name AS voucher, side.account,
				side.sign * coalesce(sum(entry.debit) - sum(entry.credit), 0) AS entries,
				side.base_amount + side.settles * side.fee AS due
			FROM ({PAYMENT_SIDES}) side
			LEFT JOIN `tabGL Entry` entry ON entry.voucher_type = 'Payment Entry' AND entry.voucher_no = side.name
				AND entry.account = side.account AND entry.is_cancelled = 0
			GROUP BY side.name, side.account
		) sides WHERE entries <> due
		""",
	),
}

# Every voucher of a store that is or was in the ledger; a cancelled one has its entries twice, turned round.
VOUCHERS = f"""
SELECT woo_order_id, 'Sales Invoice' AS voucher_type, name, docstatus, base_grand_total AS total
FROM `tabSales Invoice` invoice WHERE {INVOICE_OURS} AND docstatus > 0
UNION ALL
SELECT woo_order_id, 'Payment Entry', name, docstatus, base_paid_amount FROM `tabPayment Entry` payment
WHERE {PAYMENT_OURS} AND docstatus > 0
"""

# What the invoices' rows say should be on an account, and what is there, in the company's currency.
ACCOUNTS = f"""
SELECT part.account, account.account_currency AS currency, account.root_type,
	CAST(sum(part.documents) AS CHAR) AS documents, CAST(sum(part.ledger) AS CHAR) AS ledger
FROM ({ROWS_AND_ENTRIES}) part LEFT JOIN `tabAccount` account ON account.name = part.account
GROUP BY part.account ORDER BY part.account
"""

# By the books' own days and currencies; the store's side of it is in the comparison with its manifest.
SUMS = f"""
SELECT invoice.posting_date AS day, invoice.currency, count(*) AS documents,
	sum(invoice.woo_refund_id > 0) AS credit_notes, CAST(sum(invoice.grand_total) AS CHAR) AS total,
	CAST(sum(invoice.base_grand_total) AS CHAR) AS base_total, CAST(sum(invoice.outstanding_amount) AS CHAR) AS outstanding
FROM `tabSales Invoice` invoice WHERE {INVOICE_OURS} AND invoice.docstatus = 1
GROUP BY invoice.posting_date, invoice.currency ORDER BY invoice.posting_date, invoice.currency
"""

PAYMENTS = f"""
SELECT payment_type, mode_of_payment, CASE payment_type WHEN 'Pay' THEN paid_from ELSE paid_to END AS account,
	CASE payment_type WHEN 'Pay' THEN paid_from_account_currency ELSE paid_to_account_currency END AS currency,
	count(*) AS payments, CAST(sum(CASE payment_type WHEN 'Pay' THEN paid_amount ELSE received_amount END) AS CHAR) AS total
FROM `tabPayment Entry` payment WHERE {PAYMENT_OURS} AND docstatus = 1
GROUP BY payment_type, mode_of_payment, account, currency ORDER BY payment_type, mode_of_payment
"""
