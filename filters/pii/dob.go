package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// A date of birth: a date, in numbers or with the month's name, where a word or a field's name says that somebody was born then. Other dates say little.

var birthWords = newContext("dob", "date of birth", "d.o.b", "birth", "birthdate", "birthday", "dateofbirth", "born", "geboren", "geburtsdatum", "geburtstag", "geb", "né le", "née le", "née", "naissance", "nacimiento", "nacido", "nacida",
	"fecha nac", "nascita", "nato il", "nata il", "nascimento", "nascido", "nascida", "geboortedatum", "födelsedatum", "född", "fødselsdato", "født", "syntymäaika", "urodzenia", "ur.", "bday", "doğum", "doğum tarihi", "d.n.")

var (
	_ = register(detector{kind: DateOfBirth, reason: "date of birth", number: birthDate, digits: span{4, 16}, forms: dashForm | dotForm | spaceForm, needs: birthWords})
	_ = register(detector{kind: DateOfBirth, reason: "date of birth", number: birthDigits, digits: span{8, 8}, leads: []string{"0*", "1*", "2*", "3*"}, forms: bareForm, needs: birthWords})
	_ = register(detector{kind: DateOfBirth, reason: "date of birth", literal: birthMonth, words: []string{"birth", "born", "dob", "bday", "gebor"}})
)

func birthDigits(t *text, n *number) {
	b, i := t.b, n.start
	if (compactDate(b[i:i+4], b[i+4:i+6], b[i+6:i+8]) || compactDate(b[i+4:i+8], b[i+2:i+4], b[i:i+2]) || compactDate(b[i+4:i+8], b[i:i+2], b[i+2:i+4])) && t.endsAt(n.end) && t.says(i, n.end, birthWords) {
		t.add(i, n.end, 75)
	}
}

func birthDate(t *text, n *number) {
	b, i := t.b, n.start
	if first := n.first(); first > 4 || first == 3 {
		return
	}
	if c := at(b, i+10); c == 'T' || c == ' ' && at(b, i+13) == ':' { // a time: where a field's name says that it is one of birth, field.go finds it
		return
	}
	size, _, _ := check.Date(b[i:min(len(b), i+12)])
	if size < 6 {
		return
	}
	end := i + size
	if c := at(b, end); isWord(c) || isSeparatorDigit(b, end) || !t.says(i, end, birthWords) {
		return
	}
	t.add(i, end, 80)
}

// isSeparatorDigit tells whether a longer row goes on at i.
func isSeparatorDigit(b []byte, i int) bool {
	c := at(b, i)
	return (c == '-' || c == '.' || c == '/') && isDigit(at(b, i+1))
}

func compactDate(year, month, day []byte) bool {
	var buf [10]byte
	n := copy(buf[:], year)
	buf[n] = '-'
	n += 1 + copy(buf[n+1:], month)
	buf[n] = '-'
	n += 1 + copy(buf[n+1:], day)
	size, _, _ := check.Date(buf[:n])
	return size == n
}

// months are the beginnings of their names, of three letters and more.
var months = [...]string{"jan", "feb", "mar", "mär", "apr", "may", "mai", "jun", "jul", "aug", "sep", "oct", "okt", "nov", "dec", "dez", "ene", "abr", "ago", "dic", "fév", "avr", "aoû", "déc", "gen", "mag", "giu", "lug",
	"set", "ott", "out", "mei", "mrt", "maj", "juin", "juil"}

// birthMonth looks for "12 March 1980" or "March 12, 1980" behind a word that says that somebody was born.
func birthMonth(t *text, i, n int) {
	b := t.b
	if c := at(b, i-1); isLower(c) && isLower(b[i]) { // stubborn
		return
	}
	stop := min(len(b), i+n+reach)
	t.work += stop - i
	for k := i + n; k < stop; k++ {
		if b[k] == '\n' || b[k] == '}' {
			return
		}
		if (isAlnum(b[k]) || b[k] >= 0x80) && !isAlnum(b[k-1]) && b[k-1] < 0x80 {
			if end := longDateEnd(b, k); end > 0 {
				t.addNear(k, end, 80)
				return
			}
		}
	}
}

// longDateEnd returns the end of a date with a month's name that begins at i, 0 if there is none.
func longDateEnd(b []byte, i int) int {
	day := digitsEnd(b, i, 3)
	if day-i == 3 {
		return 0
	}
	k := day
	if day > i {
		for _, s := range [...]string{"st", "nd", "rd", "th", "."} {
			if hasPrefixFold(b[k:], s) {
				k += len(s)
				break
			}
		}
		k = skipDateGap(b, k)
		if hasPrefixFold(b[k:], "of ") || hasPrefixFold(b[k:], "de ") {
			k += 3
		}
	}
	month := monthEnd(b, k)
	if month == 0 {
		return 0
	}
	k = skipDateGap(b, month)
	if hasPrefixFold(b[k:], "de ") {
		k += 3
	}
	if day == i { // March 12, 1980
		end := digitsEnd(b, k, 3)
		if end == k || end-k == 3 {
			return 0
		}
		for _, s := range [...]string{"st", "nd", "rd", "th"} {
			if hasPrefixFold(b[end:], s) {
				end += 2
				break
			}
		}
		k = skipDateGap(b, end)
	}
	end := digitsEnd(b, k, 5)
	if end-k != 4 || isWord(at(b, end)) || !check.BirthYear(int(b[k]-'0')*1000+int(b[k+1]-'0')*100+int(b[k+2]-'0')*10+int(b[k+3]-'0')) {
		return 0
	}
	return end
}

func skipDateGap(b []byte, i int) int {
	for n := 0; n < 2 && contains(" ,-./", at(b, i)) && i < len(b); n++ {
		i++
	}
	return i
}

func monthEnd(b []byte, i int) int {
	for _, m := range months {
		if hasPrefixFold(b[i:], m) {
			for n := 0; i < len(b) && n < 12 && (isLetter(b[i]) || b[i] >= 0x80); n++ {
				i++
			}
			return i
		}
	}
	return 0
}
