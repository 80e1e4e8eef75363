"""S04: a letter drawn like one of another script is refused, and names that people really use pass."""

import pytest

from aethel.intent.limits import DEFAULT_LIMITS
from aethel.security.words import Level, words
from aethel.transaction import DoubleEntry, Posting
from aethel.verdict import Impact, Outcome, Vote
from tests.security.questions import (
    PAYMENT,
    ask_payee,
    ask_text,
    ask_transaction,
    entry,
    findings,
    flagged,
    outcome,
    with_comment,
    with_string,
)

ORDINARY = [
    # Apostrophes, particles, diacritics, Latin of many languages
    "O'Brien & Søn — invoice #42 (50% off)",
    "O’Brien & Sons",
    "D'Angelo de la Cruz y Ñíguez",
    "Nguyễn Thị Ánh Đặng",
    "Łódź Żółć Sp. z o.o.",
    "Þórður Ægisson ehf.",
    "Çağrı İnşaat A.Ş. Iğdır",
    "Hawaiʻi Naʼvi Kapaʻa",
    "Cafe\u0301 Zoe\u0308 (decomposed)",
    "Ŋutuor Ɖeka Ɛnam",
    "Straße Groß GmbH & Co. KG",
    # Cyrillic and Greek beside Latin, a word each
    "Müller Москва GmbH",
    "Газпром PJSC",
    "МТС PJSC",
    "ПАО Сбербанк",
    "ООО IKEA DOM",
    "АО Kaspi.kz",
    "ОАО «РЖД» Logistics",
    "ТОВ Nestlé Україна",
    "Cafe Пушкинъ",
    "Ελλάς Travel A.E.",
    "Coca-Cola HBC Α.Ε.",
    "INTRALOT ΑΕ",
    "Kafić Шибица d.o.o.",
    "РАУРАL".replace("L", "Л"),
    "СОСНА",
    # Greek letters as symbols
    "alpha α GmbH",
    "Ω Audio 5 kΩ",
    "µTorrent",
    "μTorrent",
    "TNFα IL-1β PPARγ",
    "β-Carotene Ltd",
    "λ Labs",
    "ΔT Engineering",
    "Sony α7",
    # Symbols, compatibility forms, numerals
    "Acme™ Widgets® © 2026",
    "№ 12, 1ª Avenida, 2º piso",
    "Ⅷ Legion, Henry Ⅳ",
    "ＡＢＣ商事株式会社",
    "ﾄﾖﾀ ｼﾞﾄﾞｳｼｬ",
    "𝐁𝐨𝐥𝐝 𝓑rand",
    "½ off ³ for ²",
    # East Asia
    "ソニーSony株式会社",
    "Tシャツ屋",
    "삼성SDS 주식회사",
    "LG화학",
    "中国银行ABC支行",
    "ㄅㄆㄇ Bopomofo書店",
    "ユニ・チャーム",
    # Indic, South-East Asian, Ethiopic
    "हिन्दी Bank",
    "ไทยพาณิชย์ SCB",
    "บริษัทSony จำกัด",
    "ក្រុមហ៊ុន ABA",
    "የኖርዌይ ክሮን Bank",
    "தமிழ் Traders",
    # Right to left, with Latin
    "שלום Shalom Ltd",
    "Cafe סוס",
    "ב-IKEA תל אביב",
    "شركة Google المحدودة",
    "בנק לאומי Leumi",
    "هيئة ABC",
    # Emoji and others
    "Pizza 🍕 Roma 👨‍👩‍👧",
    "Հայաստան Bank",
    "საქართველო TBC",
    "ᏣᎳᎩ Nation",
    "10€ für 3×5 °C",
]

IMITATIONS = [
    "CАRTER LTD",  # Cyrillic А
    "Bank оf America",
    "PayPаl",
    "Аpple Inc",
    "Gооgle",
    "Mісrosoft",
    "О'Brien Ltd",
    "P О Box 7",
    "СОСА COLA",
    "Сосо Chanel",
    "Bank ο Greece",  # Greek omicron
    "Αmazon",
    "Ꮲaypal",  # Cherokee
    "սber",  # Armenian
    "Сбербaнк",  # Latin a among Cyrillic
    "Газпpом",
    "Ελλαc",
    "L\u0430 Cucina",
    "Lα Cucina",
    "TESС\u041e",
]


@pytest.mark.parametrize("name", ORDINARY)
def test_a_name_that_people_use_passes_without_a_word(name: str) -> None:
    for verdict in (ask_payee(name), ask_text(PAYMENT, {"memo": name}), ask_text(with_string(name))):
        assert [found for found in verdict.findings if found.code == "S04"] == []
        assert verdict.verdict is Vote.APPROVE


@pytest.mark.parametrize("name", IMITATIONS)
def test_a_letter_of_another_script_among_its_lookalikes_is_refused(name: str) -> None:
    for verdict in (ask_payee(name), ask_text(PAYMENT, {"memo": name}), ask_text(with_string(name))):
        assert verdict.code == "S04"
        assert verdict.verdict is Vote.REJECT


def test_a_finding_names_the_letter_and_its_place_and_nothing_else_of_the_name() -> None:
    (found,) = findings(ask_payee("Bank оf America"), "S04")
    assert found.message == (
        "`payee`, character 6: U+043E CYRILLIC SMALL LETTER O in a name stands among Latin letters "
        "and is drawn as one of them"
    )
    assert (found.cwe, found.impact, found.advice) == (
        1007,
        Impact.HIGH,
        "write each word in the letters of one script",
    )


def test_a_finding_in_a_string_has_its_place_in_the_text() -> None:
    (found,) = findings(ask_text(with_string("PayPаl")), "S04")
    assert found.span is not None
    assert (found.span.line, found.span.end - found.span.start) == (2, 1)


def test_an_escape_in_a_string_hides_no_letter() -> None:
    assert ask_text(with_string(r"PayP\u0430l")).code == "S04"


def test_of_a_secret_argument_no_letter_is_told() -> None:
    text = PAYMENT.replace("memo: Text", "secret memo: Text")
    (found,) = findings(ask_text(text, {"memo": "PayPаl"}), "S04")
    assert found.message.startswith("argument `memo`: a character that is not named here in a name stands among")


def test_a_comment_is_flagged_since_nobody_compares_it() -> None:
    verdict = ask_text(with_comment("see PayPаl"))
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S04")) == 1


@pytest.mark.parametrize("name", ["amоunt", "а_balance", "παy", "データх", "amountש"])
def test_a_name_of_the_code_that_mixes_scripts_is_refused(name: str) -> None:
    assert ask_text(PAYMENT.replace("amount", name)).code == "S04"


@pytest.mark.parametrize("name", ["сумма", "金額", "amount金額", "สกุล"])
def test_a_name_of_the_code_in_one_script_or_in_ones_written_together_passes(name: str) -> None:
    assert ask_text(PAYMENT.replace("amount", name)).verdict is Vote.APPROVE


def test_two_names_of_an_intent_that_are_drawn_alike_are_refused_with_both() -> None:
    text = "intent cap(a: Int, а: Int) { guard { a > 0; } verify { a > 0; } }"
    (found,) = findings(ask_text(text), "S04")
    assert found.message == "1:20: the name `а` is drawn like `a`"


def test_two_accounts_of_an_entry_that_are_drawn_alike_are_refused() -> None:
    first, second = "assets:bank1", "assets:bankl"
    twins = DoubleEntry((Posting(first, "-5", "EUR"), Posting(second, "5", "EUR")))
    assert ask_transaction(twins).code == "S04"
    assert ask_transaction(entry(account="assets:bank2")).verdict is Vote.APPROVE


@pytest.mark.parametrize("name", ["Яndex", "ООО МЕТРО Cash", "SMSка", "ITшник", "רהיטים וIKEA"])
def test_what_brands_and_endings_mix_is_flagged_and_not_refused(name: str) -> None:
    verdict = ask_payee(name)
    assert verdict.verdict is Vote.APPROVE
    assert len(flagged(verdict, "S04")) == 1


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("Москва", Level.SINGLE),
        ("2026", Level.SINGLE),
        ("ソニーSony株式会社", Level.HIGH),
        ("삼성SDS", Level.HIGH),
        ("ㄅABC書", Level.HIGH),
        ("Sonyจำกัด", Level.MODERATE),
        ("Яndex", Level.MINIMAL),
        ("한글かな", Level.MINIMAL),
        ("testשלוםعربي", Level.MINIMAL),
    ],
)
def test_each_word_has_its_restriction_level(word: str, level: Level) -> None:
    assert [each.level for each in words(word)] == [level]


def test_words_are_parted_by_spaces_and_signs_and_not_by_marks() -> None:
    assert [each.text for each in words("Зоя-Zoe\u0308's α7 m\u200db 5%")] == [
        "Зоя",
        "Zoe\u0308",
        "s",
        "α7",
        "m\u200db",
        "5",
    ]
    assert [(each.start, each.end) for each in words("a б")] == [(0, 1), (2, 3)]


def test_a_text_too_long_leaves_the_class_open() -> None:
    verdict = ask_text(b"a" * (DEFAULT_LIMITS.text_bytes + 1))
    assert outcome(verdict, "S04") is Outcome.BUDGET


def test_hostile_text_makes_few_findings_and_no_more_work_than_its_length() -> None:
    verdict = ask_text(with_string("Pаy " * 20_000))
    assert verdict.verdict is Vote.REJECT
    assert len(findings(verdict, "S04")) == 16
