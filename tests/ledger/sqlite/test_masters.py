"""The merchant's own lists: read from CSV, loaded into the SQLite ledger, never over what a run made."""

import pytest

from jarz_woocommerce_integration.exceptions import MasterDataError
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.masters_csv import (
	read_customers,
	read_items,
	read_territories,
)
from jarz_woocommerce_integration.tests.support.draft_factory import DraftFactory
from jarz_woocommerce_integration.translation.drafts import ItemDraft
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownItem, LookupKeys, Territory

DATA_EXPORT = (
	""""Data Import Template"
"Table:","Item"

"Notes:"
"Please do not change the template headings."

"DocType:","Item","","","~","Item Barcode","barcodes"
"Column Labels:","ID","Item Code","Item Name","Has Variants","","ID","Barcode"
"Column Name:","name","item_code","item_name","has_variants","~","name","barcode"
"Mandatory:","Yes","Yes","No","No","","Yes","No"
"Type:","Data","Data","Data","Check","","Data","Data"
"Info:","","","","0 or 1","","",""
"Start entering data below this line"
"","""
	+ '"""A-1""","A-1","Lamp","0","","""b1""","123"\n"","","","","","","""b2""","456"\n"","""A-2""","A-2","Chair","1","","",""\n'
)


@pytest.fixture
def ledger(tmp_path):
	with SQLiteLedger(tmp_path / "ledger.sqlite", "https://shop.example") as ledger:
		yield ledger


def written(tmp_path, text, encoding="utf-8"):
	path = tmp_path / "list.csv"
	path.write_bytes(text.encode(encoding))
	return path


# --- files -------------------------------------------------------------------------------------


def test_items_with_our_header(tmp_path):
	path = written(
		tmp_path,
		"item_code,item_name,sku,product_id,variation_id,has_variants\n"
		"LAMP,مصباح,L-1,12,0,0\n\nCHAIR,Chair,,13,,yes\nCHAIR-RED,,C-R,13.0,14,\n",
	)
	assert list(read_items(path)) == [
		KnownItem("LAMP", "مصباح", 12, 0, "L-1"),
		KnownItem("CHAIR", "Chair", 13, 0, "", True),
		KnownItem("CHAIR-RED", "CHAIR-RED", 13, 14, "C-R"),
	]


def test_items_of_an_erpnext_report_have_their_code_as_sku(tmp_path):
	path = written(tmp_path, 'ID,Item Name,"Has Variants"\r\nA-1,"Lamp, big",0\r\n', "utf-8-sig")
	assert list(read_items(path)) == [KnownItem("A-1", "Lamp, big", sku="A-1")]


def test_items_of_erpnexts_data_export(tmp_path):
	assert list(read_items(written(tmp_path, DATA_EXPORT))) == [
		KnownItem("A-1", "Lamp", sku="A-1"),
		KnownItem("A-2", "Chair", sku="A-2", has_variants=True),
	]


def test_customers_have_their_evidence_normalised(tmp_path):
	path = written(
		tmp_path,
		"ID,Customer Name,Email Id,Mobile No\nC-1,محمد, Mo@Example.COM ,٠١٠٠١٢٣٤٥٦٧\nC-2,Nobody,,no phone\n",
		"utf-8-sig",
	)
	assert list(read_customers(path, "EG")) == [
		KnownCustomer(
			"C-1",
			"محمد",
			None,
			frozenset(["mo@example.com"]),
			frozenset(["+201001234567"]),
			own_emails=frozenset(["mo@example.com"]),
			is_foreign=True,
		),
		KnownCustomer("C-2", "Nobody", is_foreign=True),
	]


def test_customers_with_an_account_of_the_store_or_made_from_it_are_not_of_other_making(tmp_path):
	text = "ID,Woo Customer Id,woo_customer_key\nA,7,\nB,,Shop:G-1\nC,,\n"
	customers = read_customers(written(tmp_path, text, "utf-8"))
	assert [customer.is_foreign for customer in customers] == [False, False, True]


def test_territories(tmp_path):
	path = written(
		tmp_path, "Territory Name,custom_woo_code,labels\nNasr City,EGNSR,مدينة نصر | Nasr\nGiza,,\n"
	)
	assert list(read_territories(path)) == [
		Territory("Nasr City", "EGNSR", ("مدينة نصر", "Nasr")),
		Territory("Giza"),
	]


@pytest.mark.parametrize(
	("reader", "text", "told"),
	[
		(read_items, "sku,name of it\nA,B\n", ("line 1", "item_code")),
		(read_items, "", ("no header",)),
		(read_items, "Item Code\nA\n \n,\nB,C\n\n", None),
		(read_items, "Item Code,Item Name\nA,B\n,C\n", ("line 3", "Item Code", "empty")),
		(read_items, "item_code,product_id\nA,twelve\n", ("line 2", "product_id", "twelve")),
		(read_items, "item_code,product_id\nA,1.5\n", ("line 2", "product_id", "1.5")),
		(read_items, "item_code,variation_id\nA,5\n", ("line 2", "product_id")),
		(read_items, "item_code,Has Variants\nA,maybe\n", ("line 2", "Has Variants", "maybe")),
		(read_customers, "customer,email\nA,not an address\n", ("line 2", "email")),
		(read_territories, "code\nEGC\n", ("line 1", "territory")),
	],
)
def test_a_mistake_is_told_with_its_place(tmp_path, reader, text, told):
	path = written(tmp_path, text)
	if told is None:
		assert [item.code for item in reader(path)] == ["A", "B"]
		return
	with pytest.raises(MasterDataError) as caught:
		list(reader(path))
	for part in (str(path), *told):
		assert part in caught.value.message
	assert caught.value.what_to_do


def test_a_file_that_is_no_text_or_not_there(tmp_path):
	path = tmp_path / "list.csv"
	with pytest.raises(MasterDataError, match="can't be read"):
		list(read_items(path))
	path.write_bytes("item_code\nمصباح\n".encode("cp1256"))
	with pytest.raises(MasterDataError, match="UTF-8"):
		list(read_items(path))


# --- loading -----------------------------------------------------------------------------------


def test_loading_twice_changes_nothing_and_a_newer_list_counts(ledger):
	assert not ledger.has_items()
	items = [KnownItem("A", "Lamp", 1, 0, "S"), KnownItem("B", "Chair", 2, 0, "S")]
	customers = [KnownCustomer("C", "Mo", 7, frozenset(["m@x.eg"]), frozenset(["+20100"]))]
	territories = [Territory("Giza", "EGGZ", ("الجيزة",))]
	for _time in range(2):
		assert ledger.load_items(items) == 2
		assert ledger.load_customers(customers) == 1
		assert ledger.load_territories(territories) == 1
		digest = ledger.books_digest()
	assert ledger.books_digest() == digest
	assert ledger.has_items()
	assert ledger.territories() == territories
	lookups = ledger.lookups(LookupKeys(skus=frozenset(["S"]), store_customer_ids=frozenset([7])))
	assert lookups.items_by_sku["S"] == items
	assert lookups.customers["C"] == customers[0]
	ledger.load_items([KnownItem("A", "Lamp, big", 1, 0, "S")])
	assert ledger.lookups(LookupKeys(item_codes=frozenset("A"))).items_by_code["A"].name == "Lamp, big"


def test_what_a_run_made_stays(ledger):
	make = DraftFactory()
	draft = make.draft(1, items=[ItemDraft("WOO-5", "Lamp", 5, 0, "L")])
	draft.customer.store_customer_id = 9
	ledger.create_masters([make.booked(1, draft)])
	ledger.load_items([KnownItem("WOO-5", "Other", 6), KnownItem("LAMP", "Lamp", 5, 0, "L")])
	ledger.load_customers([KnownCustomer("CUST-1", "Other", 8), KnownCustomer("C", "Mo", 9)])
	lookups = ledger.lookups(
		LookupKeys(
			products=frozenset([(5, 0), (6, 0)]),
			item_codes=frozenset(["LAMP"]),
			store_customer_ids=frozenset([8, 9]),
		)
	)
	assert lookups.items_by_product == {(5, 0): KnownItem("WOO-5", "Lamp", 5, 0, "L")}
	assert lookups.items_by_code["LAMP"] == KnownItem("LAMP", "Lamp", 0, 0, "L")
	assert lookups.customers_by_store_id == {9: "CUST-1"}
	assert lookups.customers["CUST-1"].name == "Customer 1"


def test_a_list_that_contradicts_itself_is_not_loaded_at_all(ledger):
	with pytest.raises(MasterDataError, match="Item B has product 1"):
		ledger.load_items([KnownItem("A", "Lamp", 1), KnownItem("B", "Chair", 1)])
	assert not ledger.has_items()
	with pytest.raises(MasterDataError, match="Customer D has the store's account 7"):
		ledger.load_customers([KnownCustomer("C", "Mo", 7), KnownCustomer("D", "Ali", 7)])
	assert not ledger.lookups(LookupKeys(store_customer_ids=frozenset([7]))).customers


def test_a_run_does_not_overwrite_what_was_loaded(ledger):
	ledger.load_customers([KnownCustomer("CUST-1", "The merchant's name")])
	make = DraftFactory()
	ledger.create_masters([make.booked(1)])
	customer = ledger.lookups(LookupKeys(emails=frozenset(["person1@example.com"]))).customers["CUST-1"]
	assert customer.name == "The merchant's name"
