package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Numbers of the United States: taxpayers (ITIN, EIN), banks (ABA), health care (NPI, DEA, MBI).

var (
	itinWords    = newContext("itin", "taxpayer", "tax id", "tin")
	einWords     = newContext("ein", "fein", "employer identification", "employer id", "federal tax", "tax id", "irs")
	abaWords     = newContext("aba", "routing", "rtn", "transit number", "bank routing")
	bankWords    = newContext("bank", "routing", "aba", "checking", "savings", "sort code", "bank account", "bankaccount")
	accountWords = newContext("account", "acct", "account number", "account no", "bank account", "bankaccount")
	npiWords     = newContext("npi", "national provider", "provider id", "provider number")
	deaWords     = newContext("dea")
	mbiWords     = newContext("mbi", "medicare", "beneficiary")
)

var (
	_ = register(detector{kind: USITIN, reason: "ITIN", number: itin, digits: span{9, 9}, leads: []string{"9*"}, needsBare: itinWords})
	_ = register(detector{kind: USEIN, reason: "EIN", number: ein, digits: span{9, 9}, forms: bareForm | dashForm, needs: einWords})
	_ = register(detector{kind: ABARouting, reason: "ABA routing number, check digit valid", number: aba, digits: span{9, 9}, leads: []string{"0*", "1*", "2*", "3*", "6*", "7*", "8*"}, forms: bareForm, needs: abaWords})
	_ = register(detector{kind: ABARouting, reason: "bank account number", number: account, digits: span{8, 17}, forms: bareForm, needs: accountWords})
	_ = register(detector{kind: NPI, reason: "NPI, check digit valid", number: npi, digits: span{10, 10}, leads: []string{"1*", "2*"}, forms: bareForm, needs: npiWords})
	_ = register(detector{kind: DEA, reason: "DEA number, check digit valid", word: dea, length: span{9, 9}, shape: "?A9999999", needs: deaWords})
	_ = register(detector{kind: MBI, reason: "Medicare beneficiary identifier", word: mbi, length: span{11, 11}, shape: "9A?9A?9AA99"})
	_ = register(detector{kind: MBI, reason: "Medicare beneficiary identifier", literal: mbiGrouped, words: []string{"medicare", "mbi"}})
)

func itin(t *text, n *number) {
	b, i := t.b, n.start
	switch {
	case n.bare():
		if check.ITIN(b[i:n.end]) && t.endsAt(n.end) && t.context(i, n.end, itinWords) {
			t.add(i, n.end, 80)
		}
	case n.seps&0x7ff == 1<<3|1<<6 && n.end-i >= 11 && b[i+3] == b[i+6] && check.ITIN(b[i:i+11]) && t.endsAt(i+11):
		switch {
		case b[i+3] == '-':
			t.add(i, i+11, 75)
		case b[i+3] == ' ' && t.context(i, i+11, itinWords):
			t.add(i, i+11, 75)
		}
	}
}

func ein(t *text, n *number) {
	b, i := t.b, n.start
	end := n.end
	switch {
	case n.bare():
	case n.seps&0x3ff == 1<<2 && n.end-i >= 10 && b[i+2] == '-':
		end = i + 10
	default:
		return
	}
	if check.EIN(b[i:end]) && t.endsAt(end) && t.context(i, end, einWords) {
		t.add(i, end, 80)
	}
}

func aba(t *text, n *number) {
	if n.bare() && check.ABA(t.b[n.start:n.end]) && t.endsAt(n.end) && t.context(n.start, n.end, abaWords) {
		t.add(n.start, n.end, 90)
	}
}

// account looks for a bank's account: of its number nothing is known but its length.
func account(t *text, n *number) {
	if n.bare() && t.endsAt(n.end) && t.says(n.start, n.end, accountWords) && t.context(n.start, n.end, bankWords) {
		t.add(n.start, n.end, 65)
	}
}

func npi(t *text, n *number) {
	if n.bare() && check.NPI(t.b[n.start:n.end]) && t.endsAt(n.end) && t.context(n.start, n.end, npiWords) {
		t.add(n.start, n.end, 95)
	}
}

func dea(t *text, w *word) {
	if check.DEA(t.b[w.start:w.end]) && t.context(w.start, w.end, deaWords) {
		t.add(w.start, w.end, 90)
	}
}

func mbi(t *text, w *word) {
	if !check.MBI(t.b[w.start:w.end]) {
		return
	}
	if t.context(w.start, w.end, mbiWords) {
		t.add(w.start, w.end, 90)
	} else if isUpper(t.b[w.start+1]) {
		t.add(w.start, w.end, 60)
	}
}

// mbiGrouped looks for 1EG4-TE5-MK73 behind a word that says what it is.
func mbiGrouped(t *text, i, n int) {
	if start, end := t.nextValue(i + n); start >= 0 && check.MBI(t.b[start:end]) {
		t.addNear(start, end, 90)
	}
}
