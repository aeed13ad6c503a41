"""Statements of gateways are read as the gateways write them."""

from datetime import date
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.translation.payouts.formats import ColumnMap, read_statement
from jarz_woocommerce_integration.translation.payouts.lines import LineKind, payouts_of
from jarz_woocommerce_integration.translation.payouts.values import of_strptime

STRIPE = """\
automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created_utc,reporting_category,gross,currency,fee,net,charge_id,payment_intent_id,source_id,description,payment_metadata[order_id]
po_1,2026-03-05 00:00:00,txn_1,2026-03-01 10:11:12,charge,100.00,eur,1.75,98.25,ch_1,pi_1,ch_1,Order 1,1
po_1,2026-03-05 00:00:00,txn_2,2026-03-02 10:11:12,refund,-40.00,eur,0.00,-40.00,ch_1,pi_1,re_1,REFUND,1
po_1,2026-03-05 00:00:00,txn_3,2026-03-02 10:11:12,dispute,-20.00,eur,15.00,-35.00,ch_0,pi_0,dp_1,Chargeback,
po_1,2026-03-05 00:00:00,txn_4,2026-03-03 00:00:00,fee,-2.00,eur,0.00,-2.00,,,,Radar,
po_2,2026-03-06 00:00:00,txn_5,2026-03-04 10:11:12,charge,"1,010.00",eur,10.00,"1,000.00",ch_2,pi_2,ch_2,Order 2,2
po_2,2026-03-06 00:00:00,txn_6,2026-03-04 10:11:12,risk_reserved_funds,-100.00,eur,0.00,-100.00,,,,Reserve,
,,txn_7,2026-03-07 10:11:12,charge,5.00,eur,0.30,4.70,ch_3,pi_3,ch_3,Order 3,3
"""
STRIPE_EXPORT = """\
id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description,Transfer,Transfer Date (UTC)
txn_1,charge,ch_1,100.00,1.75,98.25,usd,2026-03-01 10:11,2026-03-03 00:00,Order 1,po_1,2026-03-05 00:00
txn_2,adjustment,dp_1,-20.00,15.00,-35.00,usd,2026-03-02 10:11,2026-03-03 00:00,Chargeback withdrawal for dispute ch_1,po_1,2026-03-05 00:00
txn_3,payout,po_1,-63.25,0.00,-63.25,usd,2026-03-05 00:00,2026-03-05 00:00,STRIPE PAYOUT,,
"""
# The columns are those of WooPayments 10's list, as its browser export writes them; the rows are made up.
WOOPAYMENTS = """\
"Transaction Id","Date / Time (UTC)",Type,Channel,"Paid Currency","Amount Paid","Payout Currency",Amount,Fees,Net,"Order #","Payment Method",Customer,Email,Country,"Risk level","Payout ID","Payout date","Payout status"
txn_1,"2026-03-01 10:11:12",Charge,Online,USD,100,USD,100,'-3.2,96.8,WC-17,visa,A,a@example.com,US,Normal,po_1,"2026-03-05 00:00:00",Completed
txn_2,"2026-03-02 10:11:12",Refund,Online,USD,-40,USD,-40,0,-40,WC-17,visa,A,a@example.com,US,Normal,po_1,"2026-03-05 00:00:00",Completed
txn_3,"2026-03-02 11:11:12","Reader fee",,USD,0,USD,0,-2,-2,,,,,,,po_1,"2026-03-05 00:00:00",Completed
txn_4,"2026-03-03 10:11:12",Dispute,Online,USD,-20,USD,-20,-15,-35,WC-9,visa,B,b@example.com,US,Normal,po_1,"2026-03-05 00:00:00",Completed
txn_5,"2026-03-03 12:11:12",Charge,Online,EUR,10,USD,11.5,-0.5,11,18,visa,C,c@example.com,DE,Normal,po_2,"2026-03-09 00:00:00",Estimated
txn_6,"2026-03-03 13:11:12",Charge,Online,USD,10,USD,10,-0.5,9.5,19,visa,C,c@example.com,DE,Normal,,"2026-03-09 00:00:00",
"""
PAYPAL_NEWEST_FIRST = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID"
"20/03/2026","18:00:00","CET","A ""Buyer""
of two lines","Express Checkout Payment","Completed","EUR","10.00","-1.00","9.00","7AE"
"20/03/2026","12:00:00","CET","","General Withdrawal","Completed","EUR","-50.00","0.00","-50.00","9AC"
"20/03/2026","09:00:00","CET","B Buyer","Express Checkout Payment","Completed","EUR","51.00","-1.00","50.00","7AD"
"04/03/2026","09:00:00","CET","C Buyer","Express Checkout Payment","Completed","EUR","5.00","-1.00","4.00","7AC"
"""
PAYPAL = """\
\ufeff"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID","Reference Txn ID","Invoice Number"
"03/01/2026","10:11:12","PST","A Buyer","Express Checkout Payment","Completed","USD","100.00","-3.20","96.80","7AB","","WC-17"
"03/01/2026","11:11:12","PST","B Buyer","Express Checkout Payment","Pending","USD","50.00","-1.50","48.50","7AC","","WC-18"
"03/02/2026","10:11:12","PST","A Buyer","Payment Refund","Completed","USD","-40.00","1.00","-39.00","8AB","7AB",""
"03/13/2026","10:11:12","PST","","General Withdrawal - Bank Account","Completed","USD","-50.00","0.00","-50.00","9AB","",""
"03/14/2026","10:11:12","PST","C Buyer","Website Payment","Completed","USD","1,200.00","-30.00","1,170.00","7AD","","WC-19"
"""


def test_stripes_payouts_are_those_that_it_names():
	payouts, left = payouts_of(read_statement(STRIPE))
	assert [(each.payout_id, each.day, each.currency, each.amount) for each in payouts] == [
		("po_1", date(2026, 3, 5), "EUR", Decimal("21.25")),
		("po_2", date(2026, 3, 6), "EUR", Decimal("900.00")),
	]
	assert [line.kind for line in payouts[0].lines] == [
		LineKind.PAYMENT,
		LineKind.REFUND,
		LineKind.DISPUTE,
		LineKind.FEE,
	]
	assert payouts[0].lines[0].references == ("ch_1", "pi_1")
	assert payouts[0].lines[1].references == ("ch_1", "pi_1", "re_1")
	assert payouts[1].lines[1].kind is LineKind.RESERVE
	assert [line.references[0] for line in left] == ["ch_3"]


def test_stripes_export_says_the_amount_itself():
	payouts, left = payouts_of(read_statement(STRIPE_EXPORT))
	assert [(each.payout_id, each.amount, len(each.lines)) for each in payouts] == [
		("po_1", Decimal("63.25"), 2)
	]
	assert payouts[0].lines[1].kind is LineKind.DISPUTE
	assert not left


def test_paypals_payout_holds_what_happened_since_the_one_before():
	payouts, left = payouts_of(read_statement(PAYPAL))
	(payout,) = payouts
	assert (payout.payout_id, payout.amount, payout.leaves_balance) == ("9AB", Decimal("50.00"), True)
	payment, refund = payout.lines
	assert (payment.gross, payment.fee, payment.order) == (Decimal("100.00"), Decimal("3.20"), "17")
	assert (refund.kind, refund.fee, refund.references) == (LineKind.REFUND, Decimal("-1.00"), ("7AB", "8AB"))
	assert [line.net for line in left] == [Decimal("1170.00")]


def test_what_paypal_holds_back_is_in_no_payout():
	lines = read_statement(PAYPAL)
	assert "7AC" not in {line.identifier for line in lines}


def test_woopayments_transactions_name_orders_by_their_numbers():
	payouts, left = payouts_of(read_statement(WOOPAYMENTS))
	(payout,) = payouts
	assert (payout.payout_id, payout.day, payout.currency) == ("po_1", date(2026, 3, 5), "USD")
	assert payout.amount == Decimal("19.8")
	assert [(line.kind, line.gross, line.fee, line.order_number) for line in payout.lines] == [
		(LineKind.PAYMENT, Decimal("100"), Decimal("3.2"), "WC-17"),
		(LineKind.REFUND, Decimal("-40"), Decimal("0"), "WC-17"),
		(LineKind.FEE, Decimal("0"), Decimal("2"), ""),
		(LineKind.DISPUTE, Decimal("-20"), Decimal("15"), "WC-9"),
	]
	assert payout.lines[0].identifier == "txn_1"
	# An estimate isn't money that has arrived.
	assert [line.identifier for line in left] == ["txn_5", "txn_6"]


def test_woopayments_payouts_were_called_deposits():
	payouts, _left = payouts_of(read_statement(WOOPAYMENTS.replace("Payout ", "Deposit ")))
	assert [(each.payout_id, each.day) for each in payouts] == [("po_1", date(2026, 3, 5))]


def test_woopayments_list_of_one_payout_does_not_name_it():
	with pytest.raises(StatementError, match="which payout"):
		read_statement(
			'Type,Channel,"Payout Currency",Amount,Fees,Net,"Order #"\nCharge,Online,USD,100,-3.2,96.8,17\n'
		)


def test_any_other_file_is_read_by_a_format():
	text = (
		"Ref;Art;Betrag;Entgelt;Auszahlung;Valuta\n"
		"tr_1;Zahlung;1.234,50;-12,35;P9;05.03.2026\ntr_2;Sonstiges;-3,00;0,00;P9;05.03.2026\n"
	)
	columns = {
		"reference": "Ref",
		"kind": "Art",
		"gross": "Betrag",
		"fee": "Entgelt",
		"payout_id": "Auszahlung",
	}
	column_map = ColumnMap(
		columns={**columns, "payout_date": "Valuta"},
		kinds={"zahlung": LineKind.PAYMENT},
		decimal_comma=True,
		fee_is_negative=True,
		date_format="dd.mm.yyyy",
		currency="EUR",
	)
	(payout,), left = payouts_of(read_statement(text, column_map))
	assert (payout.amount, payout.day) == (Decimal("1219.15"), date(2026, 3, 5))
	assert [line.kind for line in payout.lines] == [LineKind.PAYMENT, LineKind.ADJUSTMENT]
	assert not left


@pytest.mark.parametrize(
	("text", "named"),
	(
		("a,b\n1,2\n", "no known statement"),
		("", "no columns"),
		(STRIPE.replace("1.75", "1.7x"), "Line 2"),
		(STRIPE.replace("2026-03-05 00:00:00,txn_2", "soon,txn_2"), "Line 3"),
	),
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(text, named):
	with pytest.raises(StatementError, match=named):
		read_statement(text)


def test_a_column_that_lacks_is_named():
	with pytest.raises(StatementError, match="Fees"):
		read_statement("Ref,Gross\n1,2\n", ColumnMap({"reference": "Ref", "gross": "Gross", "fee": "Fees"}))


def test_all_dates_of_a_file_are_read_in_one_format_and_lines_in_the_order_of_time():
	(payout,), left = payouts_of(read_statement(PAYPAL_NEWEST_FIRST))
	assert (payout.day, [line.day for line in payout.lines]) == (
		date(2026, 3, 20),
		[date(2026, 3, 4), date(2026, 3, 20)],
	)
	assert [line.identifier for line in left] == ["7AE"]


def test_dates_whose_month_cannot_be_told_are_refused():
	with pytest.raises(StatementError, match="month"):
		read_statement(PAYPAL.replace("03/13", "03/10").replace("03/14", "03/11"))


def test_a_row_that_is_cut_short_is_named():
	with pytest.raises(StatementError, match="Line 9"):
		read_statement(STRIPE + "po_3,2026-03-08 00:00:00,txn_8\n")


@pytest.mark.parametrize(
	("written", "format_"),
	(
		("dd.mm.yyyy", "%d.%m.%Y"),
		("YYYY-MM-DD", "%Y-%m-%d"),
		("mm/dd/yy", "%m/%d/%y"),
		("d.m.yyyy", "%d.%m.%Y"),
		("dd mmm yyyy", "%d %b %Y"),
		("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M"),
		("", ""),
	),
)
def test_a_format_of_dates_is_written_as_people_write_it(written, format_):
	assert of_strptime(written) == format_


@pytest.mark.parametrize("written", ("dd.mm", "dd.dd.yyyy", "any"))
def test_a_format_without_day_month_and_year_is_refused(written):
	with pytest.raises(StatementError, match="no format of dates"):
		of_strptime(written)
