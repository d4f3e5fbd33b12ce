"""Writes vectors.txt: numbers that the reference packages accept (1) or refuse (0), for each function of package check.

python3 -m venv V && V/bin/pip install python-stdnum==2.2 Faker==40.63.0 mrz==0.6.2 eth-utils==6.0.0 'eth-hash[pycryptodome]==0.8.0' base58==2.1.1 bech32==1.2.0
V/bin/python vectors.py > vectors.txt

Where package check is stricter or newer than its reference on purpose, that part of the reference's numbers is left out: see "unless".
"""
import random
import string
from importlib import import_module

import base58
import bech32
import eth_utils
from faker import Faker
from mrz.generator.td1 import TD1CodeGenerator
from mrz.generator.td2 import TD2CodeGenerator
from mrz.generator.td3 import TD3CodeGenerator

COUNT = 14  # of each answer
r = random.Random(20261125)
Faker.seed(20261125)
fake = Faker()


def digits(n, first="0123456789"):
    return r.choice(first) + "".join(r.choice("0123456789") for _ in range(n - 1))


def like(form):
    sets = {"0": string.digits, "A": string.ascii_uppercase, "*": string.digits + string.ascii_uppercase}
    return "".join(r.choice(sets[c]) if c in sets else c for c in form)


def day(fmt="%y%m%d", extra_month=0, extra_day=0):
    y, m, d = r.randrange(1930, 2020), r.randrange(1, 14), r.randrange(1, 32)
    return {"%y": "%02d" % (y % 100), "%Y": "%04d" % y}[fmt[:2]] + "%02d" % (m + extra_month) + "%02d" % (d + extra_day)


def hetu():
    d = "%02d%02d%02d" % (r.randrange(1, 32), r.randrange(1, 13), r.randrange(100))
    n = "%03d" % r.randrange(1000)
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(d + n) % 31] if r.random() < 0.7 else r.choice("0123ABC")
    return d + r.choice("+-A-AY") + n + check


def idnr():
    d = digits(9)
    i = r.randrange(9)
    return d[:i] + d[r.randrange(9)] + d[i:] + digits(1) if r.random() < 0.5 else "".join(r.sample("0123456789", 9)) + digits(2)


def iban():
    from stdnum.iban import _ibandb, calc_check_digits, compact

    country = r.choice([c for c in "AD AE AT BE BG BR CH CY CZ DE DK EE ES FI FR GB GE GI GR HR HU IE IL IS IT KW KZ LB LI LT LU LV MC MD ME MK MT MU NL NO PK PL PT QA RO RS SA SE SI SK SM TN TR UA VG XK".split()])
    form = _ibandb.info(country + "00")[0][1]["bban"]
    bban, i = "", 0
    import re

    for n, kind in re.findall(r"(\d+)!([nac])", form):
        bban += like({"n": "0", "a": "A", "c": "*"}[kind] * int(n))
    number = country + calc_check_digits(country + "00" + bban) + bban
    if r.random() < 0.3:
        number = number[:-1] + r.choice("0123456789")
    if r.random() < 0.3:
        number = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    return number.lower() if r.random() < 0.2 else number


def is_iban(s):
    from stdnum import iban as module

    return module.is_valid(s, check_country=False)


GENERATED = {
    "ssn": ("us.ssn", lambda: like("000-00-0000"), None),
    "itin": ("us.itin", lambda: like("900-00-0000"), lambda s: s[0] == "9" and "50" <= s[4:6] <= "65"),
    "ein": ("us.ein", lambda: like("00-0000000"), None),
    "aba": ("us.rtn", lambda: digits(9), lambda s: not ("01" <= s[:2] <= "12" or "21" <= s[:2] <= "32" or "61" <= s[:2] <= "72" or s[:2] == "80")),
    "imei": ("imei", lambda: digits(15), None),
    "bic": ("bic", lambda: like(r.choice(["AAAA**A*", "AAAAAA**", "AAAADE*****", "AAAAFR**"])), None),
    "nhs": ("gb.nhs", lambda: digits(10), None),
    "aadhaar": ("in_.aadhaar", lambda: digits(12), None),
    "pan": ("in_.pan", lambda: like("AAAAA0000A"), None),
    "gstin": ("in_.gstin", lambda: like("0" + r.choice("123456789") + "AAA" + r.choice("CPPX") + "A0000A1Z*"), lambda s: s[:2] in ("00", "38") or s[:2] > "38"),
    "sin": ("ca.sin", lambda: digits(9), None),
    "tfn": ("au.tfn", lambda: digits(9), None),
    "abn": ("au.abn", lambda: digits(11, "1234567"), None),
    "dni": ("es.dni", lambda: like("00000000") + r.choice("TRWAGMYFPDXBNJZSQVHLCKE"), None),
    "nie": ("es.nie", lambda: r.choice("XYZ") + like("0000000A"), None),
    "codice_fiscale": ("it.codicefiscale", lambda: like("AAAAAA") + digits(2) + r.choice("ABCDEHLMPRST") + "%02d" % (r.randrange(1, 32) + r.choice([0, 40])) + like("A000A"), None),
    "nir": ("fr.nir", lambda: r.choice("12") + digits(2) + "%02d" % r.randrange(1, 13) + r.choice(["2A", "2B", "75", "13"]) + digits(8), None),
    "steuer_id": ("de.idnr", idnr, lambda s: max(s[:10].count(c) for c in s) > 3),
    "bsn": ("nl.bsn", lambda: digits(9), None),
    "pesel": ("pl.pesel", lambda: day(extra_month=r.choice([0, 20])) + digits(5), None),
    "personnummer": ("se.personnummer", lambda: day(r.choice(["%y%m%d", "%Y%m%d"])) + r.choice("-+--") + digits(4), lambda s: s[-5] == "+" and s[2:6] == "0229"),
    "hetu": ("fi.hetu", hetu, None),
    "belgian_nn": ("be.nn", lambda: day() + digits(5), None),
    "nif": ("pt.nif", lambda: digits(9), None),
    "cnp": ("ro.cnp", lambda: r.choice("125678") + day() + "%02d" % r.randrange(1, 54) + digits(4), None),
    "cpf": ("br.cpf", lambda: like("000.000.000-00"), None),
    "cnpj": ("br.cnpj", lambda: like(r.choice(["00.000.000/0001-00", "**.***.***/****-00"])), None),
    "south_african_id": ("za.idnr", lambda: day() + digits(4) + r.choice("012") + digits(2), lambda s: s[2:6] == "0229"),
    "rrn": ("kr.rrn", lambda: day() + "-" + digits(7), None),
    "thai_pin": ("th.pin", lambda: digits(13), None),
    "tckn": ("tr.tckimlik", lambda: digits(11), None),
    "chinese_id": ("cn.ric", lambda: r.choice(["110101", "440305", "510104", "990101"]) + day("%Y%m%d") + digits(3) + r.choice("0123456789X"), None),
    "bitcoin_base58": (None, None, None),
}


def write(kind, value, answer):
    print(kind, value, int(answer), sep="\t")


def generated(kind, valid, make, unless):
    found = {True: [], False: []}
    while min(len(v) for v in found.values()) < COUNT:
        s = make()
        answer = bool(valid(s))
        if unless and unless(s) or len(found[answer]) == COUNT:
            continue
        found[answer].append(s)
    for answer, values in found.items():
        for v in values:
            write(kind, v, answer)


def damaged(kind, valid, alphabet):
    """Writes what is valid, and the same with one character changed."""
    for s in valid:
        write(kind, s, True)
        i = r.randrange(len(s) // 2, len(s) - 1)
        c = r.choice([c for c in alphabet if c != s[i]])
        write(kind, s[:i] + c + s[i + 1 :], False)


def mrz():
    name = lambda: "".join(r.choice("ABCDEFGHIJ") for _ in range(r.randrange(4, 9)))
    for _ in range(6):
        common = dict(surname=name(), given_names=name(), birth_date=day_of(), sex=r.choice("MF"), expiry_date=day_of())
        td3 = str(TD3CodeGenerator("P", "UTO", document_number=like("A*******"), nationality="UTO", **common)).split("\n")
        td2 = str(TD2CodeGenerator("I", "UTO", document_number=like("A*******"), nationality="UTO", **common)).split("\n")
        td1 = str(TD1CodeGenerator("I", "UTO", document_number=like("A*******"), nationality="UTO", **common)).split("\n")
        for line in td3 + td2 + td1:
            write("mrz", line, True)
        for line, i in ((td3[1], 14), (td2[1], 22), (td1[1], 5), (td1[0], 5)):
            write("mrz", line[:i] + str((int(line[i], 36) + 1) % 10) + line[i + 1 :], False)


def day_of():
    return "%02d%02d%02d" % (r.randrange(100), r.randrange(1, 13), r.randrange(1, 29))


def main():
    for kind, (module, make, unless) in GENERATED.items():
        if module:
            generated(kind, import_module("stdnum." + module).is_valid, make, unless)
    generated("iban", is_iban, iban, None)
    damaged("vin", [fake.vin() for _ in range(COUNT)], "ABCDEFGH")
    cards = [fake.credit_card_number(t) for t in ("visa16", "visa13", "visa19", "mastercard", "amex", "discover", "jcb16", "jcb15", "diners") for _ in range(4)]
    damaged("card", cards, string.digits)
    damaged("bitcoin_base58", [base58.b58encode_check(bytes([r.choice([0, 5])]) + r.randbytes(20)).decode() for _ in range(COUNT)], "ABCDEFGH")
    damaged("bech32", [bech32.encode("bc", 0, r.randbytes(n)) for n in (20, 32) * 5], "qpzry9x8")
    damaged("ethereum", [eth_utils.to_checksum_address("0x" + r.randbytes(20).hex()) for _ in range(COUNT)], "0")
    mrz()


main()
