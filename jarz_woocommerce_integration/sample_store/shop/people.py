"""Who orders, and where they live: Egyptian customers in all the spellings that a shop collects."""

from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from jarz_woocommerce_integration.sample_store.shop.kinds import Kind

# WooCommerce's code, the name in English and in Arabic, a town
GOVERNORATES = (
	("EGC", "Cairo", "القاهرة", "القاهرة"),
	("EGGZ", "Giza", "الجيزة", "الجيزة"),
	("EGALX", "Alexandria", "الإسكندرية", "الإسكندرية"),
	("EGDK", "Dakahlia", "الدقهلية", "المنصورة"),
	("EGGH", "Gharbia", "الغربية", "طنطا"),
	("EGKB", "Qalyubia", "القليوبية", "Banha"),
	("EGSHR", "Al Sharqia", "الشرقية", "الزقازيق"),
	("EGBH", "Beheira", "البحيرة", "دمنهور"),
	("EGMNF", "Monufia", "المنوفية", "Shebin El Kom"),
	("EGASN", "Aswan", "أسوان", "Aswan"),
	("EGAST", "Asyut", "أسيوط", "أسيوط"),
	("EGBNS", "Beni Suef", "بني سويف", "بني سويف"),
	("EGDT", "Damietta", "دمياط", "دمياط"),
	("EGFYM", "Faiyum", "الفيوم", "الفيوم"),
	("EGIS", "Ismailia", "الإسماعيلية", "الإسماعيلية"),
	("EGJS", "South Sinai", "جنوب سيناء", "Sharm El Sheikh"),
	("EGKFS", "Kafr el-Sheikh", "كفر الشيخ", "كفر الشيخ"),
	("EGKN", "Qena", "قنا", "قنا"),
	("EGLX", "Luxor", "الأقصر", "Luxor"),
	("EGMN", "Minya", "المنيا", "المنيا"),
	("EGPTS", "Port Said", "بورسعيد", "بورسعيد"),
	("EGSHG", "Sohag", "سوهاج", "سوهاج"),
	("EGSIN", "North Sinai", "شمال سيناء", "العريش"),
	("EGSUZ", "Suez", "السويس", "السويس"),
	("EGBA", "Red Sea", "البحر الأحمر", "Hurghada"),
	("EGMT", "Matrouh", "مطروح", "مرسى مطروح"),
	("EGWAD", "New Valley", "الوادي الجديد", "الخارجة"),
)
FREE_TEXT_STATES = (
	"Nasr City - مدينه نصر",
	"مدينه نصر",
	"Nasr City",
	"القاهرة",
	"Heliopolis - مصر الجديدة",
	"6th of October - السادس من اكتوبر",
	"cairo",
	"الساحل الشمالي",
)
_FIRST_NAMES = (
	*("محمد", "أحمد", "فاطمة", "مريم", "ليلى", "نور", "يوسف", "عبد الرحمن", "هبة الله", "خديجة"),
	*("Omar", "Karim", "Sara", "Mona", "Zoë", "Youssef", "Nadia", "Mina"),
)
_LAST_NAMES = (
	*("حسن", "خليل", "السيد", "إبراهيم", "رمضان", "سالم", "عبد العزيز", "الشرقاوي"),
	*("Mostafa", "El-Sayed", "Abdel-Rahman", "O'Brien", "Ghali", "Fahmy"),
)
_STREETS = ("شارع {} عمارة {}", "شارع {}، عمارة {}", "{} Tahrir St., building {}", "١٢ شارع النيل {} / {}")
_UNREADABLE_PHONES = ("لا يوجد", "123", "ask at reception", "0100", "٠١٢", "2xx")
_PLACEHOLDER_EMAILS = ("noreply@sample-shop.example.test", "noreply@example.test", "no-reply@example.test")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_NATIONAL, _INTERNATIONAL, _ZEROS, _ARABIC, _SPACES, _DASHES = range(6)


@dataclass(frozen=True)
class Person:
	"""A customer before an order bends the spellings. `mobile`: ten digits without the leading 0."""

	first_name: str
	last_name: str
	company: str
	email: str
	mobile: str
	zone: tuple[str, str, str, str]
	street: str
	floor: str
	postcode: str


def _draw_person(random: Random, email: str) -> Person:
	draw = random.random
	first = _FIRST_NAMES[int(draw() * len(_FIRST_NAMES))]
	last = _LAST_NAMES[int(draw() * len(_LAST_NAMES))]
	# Most customers live in the three big governorates.
	zone = GOVERNORATES[int(draw() ** 2.2 * len(GOVERNORATES))]
	street = _STREETS[int(draw() * len(_STREETS))].format(int(draw() * 120) + 1, int(draw() * 80) + 1)
	return Person(
		first_name=first,
		last_name=last,
		company="شركة النيل للتجارة" if draw() < 0.04 else "",
		email=email,
		mobile=f"1{'0125'[int(draw() * 4)]}{int(draw() * 100_000_000):08d}",
		zone=zone,
		street=street,
		floor=f"الدور {int(draw() * 9) + 1} شقة {int(draw() * 20) + 1}" if draw() < 0.4 else "",
		postcode=str(11000 + int(draw() * 80000)) if draw() < 0.5 else "",
	)


@lru_cache(maxsize=4096)
def customer(seed: int, customer_id: int) -> Person:
	"""The registered customer of that id."""
	return _draw_person(Random((seed << 40) + (1 << 38) + customer_id), f"cust{customer_id - 1}@example.test")


def guest(random: Random, number: int) -> Person:
	"""Somebody who ordered without an account."""
	return _draw_person(random, f"guest{number}@example.test")


def phone(mobile: str, value: float) -> str:
	"""One of the spellings of an Egyptian mobile number."""
	spelling = int(value * 9)
	if spelling == _INTERNATIONAL:
		return f"+20{mobile}"
	if spelling == _ZEROS:
		return f"0020 {mobile[:2]} {mobile[2:]}"
	if spelling == _ARABIC:
		return f"0{mobile}".translate(_ARABIC_DIGITS)
	if spelling == _SPACES:
		return f"+20 {mobile[:3]} {mobile[3:6]} {mobile[6:]}"
	if spelling == _DASHES:
		return f"0{mobile[:3]}-{mobile[3:6]}-{mobile[6:]}"
	return f"0{mobile}"


def billing(person: Person, kinds: int, random: Random) -> dict[str, str]:
	"""The billing address of one order of a person."""
	draw = random.random
	code, _english, _arabic, town = person.zone
	address = {
		"first_name": person.first_name,
		"last_name": person.last_name,
		"company": person.company,
		"address_1": person.street,
		"address_2": person.floor,
		"city": town,
		"state": code,
		"postcode": person.postcode,
		"country": "EG",
		"email": person.email,
		"phone": phone(person.mobile, draw()),
	}
	if kinds & (Kind.NO_EMAIL | Kind.PLACEHOLDER_EMAIL):
		at = int(draw() * len(_PLACEHOLDER_EMAILS))
		address["email"] = "" if kinds & Kind.NO_EMAIL else _PLACEHOLDER_EMAILS[at]
	if kinds & (Kind.NO_PHONE | Kind.UNREADABLE_PHONE):
		at = int(draw() * len(_UNREADABLE_PHONES))
		address["phone"] = "" if kinds & Kind.NO_PHONE else _UNREADABLE_PHONES[at]
	if kinds & Kind.EMPTY_NAME:
		address |= {"first_name": "", "last_name": ""}
	if kinds & Kind.LONG_NAME:
		address["last_name"] = " ".join(_LAST_NAMES * 2)
	_bend_place(address, kinds, draw())
	return address


def _bend_place(address: dict[str, str], kinds: int, value: float) -> None:
	if kinds & Kind.FREE_TEXT_STATE:
		address["state"] = FREE_TEXT_STATES[int(value * len(FREE_TEXT_STATES))]
	if kinds & Kind.NO_COUNTRY:
		address["country"] = ""
	if kinds & Kind.REVERSE_CHARGE:
		address |= {
			"country": "DE",
			"state": "",
			"city": "Köln",
			"company": f"{address['last_name']} & Söhne GmbH",
		}
	if kinds & Kind.FOREIGN:
		address |= {"country": "SA", "state": "", "city": "الرياض"}
	if kinds & Kind.NO_ADDRESS:
		address |= {"address_1": "", "address_2": "", "city": "", "state": "", "postcode": "", "country": ""}


def shipping(person: Person, billed: dict[str, str], random: Random) -> dict[str, str]:
	"""The shipping address: often empty, often the same place, sometimes another's."""
	value = random.random()
	address = {field: text for field, text in billed.items() if field != "email"}
	if value < 0.3:
		return dict.fromkeys(address, "")
	address["phone"] = ""
	if value < 0.45:
		other = _FIRST_NAMES[int(random.random() * len(_FIRST_NAMES))]
		address |= {
			"first_name": other,
			"address_1": f"عنوان الشحن {int(value * 400)}",
			"phone": "01299999999",
		}
	return address


def guest_with_email_of(person: Person, known: Person, value: float) -> Person:
	"""A guest who typed a registered customer's e-mail in other letters; every second one has their phone too."""
	email = known.email.upper() if value < 0.5 else known.email.capitalize().replace("example", "Example")
	mobile = known.mobile if value * 10 % 1 < 0.5 else person.mobile
	return replace(person, email=email, mobile=mobile)
