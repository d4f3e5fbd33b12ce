package pii

import (
	"github.com/libnasp/libnasp/filters/pii/check"
	"github.com/libnasp/libnasp/filters/yield"
)

// A phone number: international, or national in the groups that people write there (check.Phone). What is written like a number of something else as well,
// such as digits without groups, needs a word or a field's name that says what it is. Not: times, decimals, parts of identifiers, what an order or
// an invoice has.

var phoneWords = newContext("phone", "telephone", "tel", "telno", "mobile", "mob", "cell", "cellphone", "cellular", "call", "caller", "dial", "ring", "fax", "sms", "msisdn", "landline",
	"whatsapp", "hotline", "helpline", "handset", "reach", "reached", "text me", "contact no", "contact number", "contact me", "phone number", "phone no", "telefon", "telefonnummer", "handy", "mobil", "mobilnummer",
	"rufnummer", "handynummer", "festnetz", "telefono", "teléfono", "móvil", "movil", "celular", "llame", "llamar", "téléphone", "portable", "appelez", "appeler", "cellulare", "chiamare", "chiamate", "telefone",
	"telemóvel", "ligue", "telefoon", "mobiel", "telefoonnummer", "puhelin", "tlf", "telf", "telefax", "komórka", "gsm", "hp", "fon", "anrufen", "phonenumber", "mobilenumber", "phn", "ph", "numarasını", "tél", "voice", "büro", "my number", "number changed", "new number", "llámame", "llamame", "llámenos", "zavolejte", "volejte", "sună", "hívjon", "zadzwonić", "numer telefonu", "dzwonić", "dzwoń", "zadzwoń", "cep", "ping me", "rufen sie mich", "dial in", "ring mig", "bel", "bellen", "ligar", "soita", "numéro de téléphone")

// phoneHints are words that make a phone number of digits that are as many as most have.
var phoneHints = newContext("contact", "message", "text", "texted", "answering", "office", "desk", "telegram", "signal", "viber", "support line", "customer service")

var _ = register(detector{kind: Phone, reason: "phone number", number: phone, digits: span{6, 18}, needsBare: phoneWords | phoneHints | foreignWords})

var _ = register(detector{kind: Phone, reason: "phone number", literal: phoneSlash, prefixes: []string{" / "}})

// phoneSlash looks for 0711 / 123456 around its slash: rows of digits don't have three separators.
func phoneSlash(t *text, i, _ int) {
	b, start, k := t.b, i, i+3
	for start > t.claimed && i-start < 7 && isDigit(b[start-1]) {
		start--
	}
	if i-start < 2 || i-start > 6 || b[start] != '0' || !isDigit(at(b, k)) || !numberStarts(b, start) {
		return
	}
	t.work += check.MaxPhone
	yield.After(anchorWork)
	if size, score := check.Phone(b[start:min(len(b), start+check.MaxPhone)]); size > k-start && t.phoneStarts(start) {
		t.addPhone(start, start+size, score)
	}
}

// Confidence of phone numbers.
const (
	phoneSure    = 85 // given out, and written as there
	phoneLikely  = 70
	phoneContext = 65
	phoneBare    = 30
)

// maxPhoneFails is how many groups of a row may be tried in vain: rows of numbers have many.
const maxPhoneFails = 4

// phones is what is remembered of the row at hand.
type phones struct{ to, fails int }

func phone(t *text, n *number) {
	if !t.phoneLike(n) {
		return
	}
	b := t.b
	start := n.start
	for k := 0; k < 3 && start > t.claimed && (b[start-1] == '+' || b[start-1] == '(' || k > 0 && b[start-1] == ' '); k++ {
		start--
	}
	for b[start] == ' ' {
		start++
	}
	size, score := 0, check.PhoneNone
	for ; start <= n.start; start++ { // "(call 555-…": the parenthesis is another's
		if c := b[start]; c != '+' && c != '(' && start < n.start {
			continue
		}
		t.work += check.MaxPhone
		yield.After(anchorWork)
		if size, score = check.Phone(b[start:min(len(b), start+check.MaxPhone)]); score > check.PhoneNone {
			break
		}
	}
	if score == check.PhoneNone || !t.phoneStarts(start) || at(b, start+size) == '-' && at(b, start+size+1)|0x20 == 'x' { // an ISBN of ten digits
		t.phones.fails++
		return
	}
	t.addPhone(start, start+size, score)
}

// phoneLike is a first glance: whether check.Phone is worth its time.
func (t *text) phoneLike(n *number) bool {
	b, i := t.b, n.start
	if n.bare() {
		return n.digits >= 7 && (n.digits <= 15 || b[i] == '0') && (n.digits != 13 || b[i] != '1')
	}
	if i >= t.phones.to {
		t.phones = phones{to: n.end}
	} else if t.phones.fails >= maxPhoneFails {
		return false
	}
	first := n.first()
	next := b[i+first]
	plus := i > 0 && b[i-1] == '+'
	switch {
	case plus:
	case first == 4 && next == '-' && n.seps>>7&1 != 0 && (b[i] == '2' && b[i+1] == '0' || b[i] == '1' && b[i+1] == '9'): // 2024-01-31
		return false
	case next == '.' && (first > 5 || n.seps&(n.seps-1) == 0 || n.end-i <= 15 && ipv4End(b, i, n.end) > 0): // a decimal, an address
		return false
	}
	return true
}

// phoneStarts tells whether what is before start doesn't make the number a part of something else, an amount or a number of something.
func (t *text) phoneStarts(start int) bool {
	b, i := t.alone(start)
	switch c := at(b, i-1); {
	case c == '$', c == '#', c == '%', c == '<' && at(b, i-2) == '<', c == '+':
		return false
	case c == '/' && (isDigit(at(b, i-2)) || at(b, i-2) == '*'): // a date
		return false
	case c == ' ' && isDigit(at(b, i-2)) && t.b[start+firstGroup(t.b[start:])] == ' ': // the rest of a longer row
		return false
	case c == '-', c == '.': // what is masked was a word
		return !isWord(at(b, i-2)) && at(b, i-2) != '*' && (i > 1 || t.claimed == 0)
	case c == ':':
		return !isDigit(at(b, i-2))
	case c >= 0x80: // €, £, ¥
		return !(at(b, i-2) == 0xc2 && (c == 0xa3 || c == 0xa5)) && !(at(b, i-3) == 0xe2 && at(b, i-2) == 0x82 && c == 0xac)
	}
	return true
}

// firstGroup returns where the first separator behind digits is in b, which ends with one if need be.
func firstGroup(b []byte) int {
	if !isDigit(b[0]) {
		return 0
	}
	return min(digitsEnd(b, 0, maxRow), len(b)-1)
}

func (t *text) addPhone(start, end, score int) {
	confidence := uint8(phoneBare)
	switch {
	case t.says(start, end, phoneWords) || !t.heard.named && t.phoneSign(start):
		confidence = phoneContext
		if score >= check.PhoneLikely {
			confidence = phoneSure
		}
	case score < check.PhoneLikely && end-start >= 9 && end-start <= 15 && t.says(start, end, phoneHints) && !t.numberOf(start):
		confidence = phoneContext
	case score < check.PhoneLikely:
	case t.b[start] != '+' && t.numberOf(start):
	case score >= check.PhoneSure:
		confidence = phoneSure
	default:
		confidence = phoneLikely
	}
	if confidence == phoneBare {
		t.phones.fails++
	}
	t.add(start, end, confidence)
}

// phoneSigns stand before a number in other scripts, or are signs: ☎, 📞, тел, моб, 电话, 電話, 手机, 携帯, 전화, 휴대, هاتف, τηλ.
var phoneSigns = [...]string{"☎", "✆", "📞", "📱", "тел", "Тел", "моб", "Моб", "звон", "电话", "電話", "手机", "携帯", "전화", "휴대", "هاتف", "τηλ", "Τηλ", "κιν", "फ़ोन", "โทร"}

// phoneSign tells whether one of them stands near before i, in the same line.
func (t *text) phoneSign(i int) bool {
	from := max(0, i-contextBefore)
	window := t.b[from:i]
	if len(window) == contextAfter && (load(window)|load(window[8:])|load(window[16:]))&(0x80*0x0101010101010101) == 0 {
		return false // ASCII
	}
	for k := len(window) - 1; k >= 0; k-- {
		if window[k] == '\n' {
			return false
		}
		if window[k] < 0xc0 {
			continue
		}
		for _, s := range phoneSigns {
			if len(window)-k >= len(s) && string(window[k:k+len(s)]) == s {
				return true
			}
		}
	}
	t.work += len(window)
	yield.After(2 * len(window))
	return false
}

// otherNumbers are what has numbers of its own.
var otherNumbers = [...]string{"order", "invoice", "ticket", "case", "ref", "reference", "id", "account", "acct", "policy", "tracking", "serial", "sku", "part", "isbn", "issn", "version",
	"model", "batch", "lot", "job", "build", "docket", "claim", "receipt", "transaction", "txn", "confirmation", "booking", "reservation", "shipment", "item", "product", "code", "member", "bestellung",
	"rechnung", "kundennummer", "vorgang", "pedido", "factura", "commande", "facture"}

// numberOf tells whether the word or two before i say that the number is of something else: "order no. 555-123-4567".
func (t *text) numberOf(i int) bool {
	b, i := t.alone(i)
	for n := 0; n < 3; n++ {
		end := i
		for end > 0 && i-end < 6 && (contains(" :#=\"'.([_-", b[end-1])) {
			end--
		}
		start := end
		for start > 0 && end-start < maxWord && isLetter(b[start-1]) {
			start--
		}
		w := b[start:end]
		for _, o := range otherNumbers {
			if equalFold(w, o) {
				return true
			}
		}
		if !equalFold(w, "no") && !equalFold(w, "nr") && !equalFold(w, "number") && !equalFold(w, "num") && !equalFold(w, "is") {
			return false
		}
		i = start
	}
	return false
}
