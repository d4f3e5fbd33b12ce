package pii

import (
	"github.com/libnasp/libnasp/filters/pii/check"
	"github.com/libnasp/libnasp/filters/yield"
)

// Fields whose names say that their values are personal, whatever those look like: names of people, addresses, dates of birth, and what is asked about a
// person such as salary. In JSON, XML, query strings, logfmt, YAML if their names are English, in tables and records by FindNamed in other languages, too: each word
// that is looked for in text costs time.

const fieldReason = "value of a personal field's name"

// personalField is a name of fields, in lower case, with a space where its words meet. A field has it if its name ends so.
type personalField struct {
	name       string
	kind       Kind
	confidence uint8
	whole      bool // only if that is all of the field's name
}

// personalFields are by the last letter of their names.
var personalFields = newPersonalFields()

func newPersonalFields() (t [32][]personalField) {
	add := func(kind Kind, confidence uint8, whole bool, names ...string) {
		for _, n := range names {
			last := n[len(n)-1] & 31
			t[last] = append(t[last], personalField{n, kind, confidence, whole})
		}
	}
	add(Name, 80, false, "first name", "firstname", "last name", "lastname", "full name", "fullname", "surname", "given name", "givenname", "family name", "familyname", "middle name",
		"middlename", "maiden name", "maidenname", "forename", "fname", "lname", "cardholder", "cardholder name", "card holder", "holder name", "account holder", "name on card", "patient name",
		"customer name", "client name", "contact name", "employee name", "passenger name", "guest name", "recipient name", "legal name", "real name", "person name", "beneficiary name",
		"mother name", "father name", "spouse name", "nachname", "vorname", "apellido", "apellidos", "nombre completo", "prenom", "prénom", "nom de famille", "cognome", "sobrenome", "achternaam",
		"voornaam", "customername", "patientname")
	add(Address, 75, true, "address", "home address", "customer address", "user address", "work address", "adresse", "direccion", "dirección", "indirizzo", "endereco", "endereço")
	add(Address, 80, false, "street", "street name", "streetname", "street address", "streetaddress", "postal address", "mailing address", "billing address", "shipping address", "delivery address",
		"residential address", "permanent address", "address line", "address line 1", "address line 2", "address line1", "address line2", "addressline1", "addressline2", "address1", "address2", "addr1", "addr2",
		"house number", "strasse", "straße", "calle")
	add(Address, 75, false, "zip", "zip code", "zipcode", "postal code", "postalcode", "postcode", "post code", "plz")
	add(DateOfBirth, 85, false, "dob", "date of birth", "dateofbirth", "birth date", "birthdate", "birthday", "birth day", "geburtsdatum", "fecha nacimiento", "fecha de nacimiento", "date naissance",
		"date de naissance", "data nascita", "data di nascita", "data nascimento", "geboortedatum")
	// Those that other files look for behind a word: here for FindNamed, which has the value alone.
	add(BIC, 80, false, "bic", "swift", "swift code", "bic code", "swift bic")
	add(MedicalRecord, 80, false, "mrn", "medical record number", "medical record", "patient id", "patient number")
	add(ICD10, 80, false, "icd", "icd10", "icd 10", "icd code", "icd10 code", "icd 10 code", "diagnosis", "diagnosis code")
	add(MBI, 90, false, "mbi", "medicare number", "medicare id")
	add(DrivingLicence, 80, false, "driver license", "drivers license", "driver licence", "drivers licence", "driving license", "driving licence", "driver license number", "drivers license number",
		"driver licence number", "driving licence number", "driving license number", "dl number")
	add(Passport, 80, false, "passport", "passport number", "passport no", "passport id")
	add(PersonalAttribute, 75, false, "gender", "sex", "salary", "annual salary", "income", "annual income", "wage", "religion", "ethnicity", "race", "marital status", "nationality", "sexual orientation",
		"political party", "disability", "blood type", "blood group")
	return t
}

var (
	_ = register(detector{kind: Name, reason: fieldReason, literal: fieldAt, words: []string{"name", "holder"}})
	_ = register(detector{kind: Address, reason: fieldReason, literal: fieldAt, words: []string{"addr", "street", "zip", "post"}})
	_ = register(detector{kind: DateOfBirth, reason: fieldReason, literal: fieldAt, words: []string{"birth", "dob"}})
	_ = register(detector{kind: PersonalAttribute, reason: fieldReason, literal: fieldAt, words: []string{"gender", "sex", "salary", "income", "wage", "religion", "ethnicity", "race", "marital", "nationality", "orientation", "political", "disability", "blood"}})
)

// fieldAt looks for a field in whose name a word stands.
func fieldAt(t *text, i, n int) {
	b := t.b
	if c := at(b, i-1); n == 4 && b[i] == 'n' && isLower(c) && !contains("trenlhy", c) { // username has none of: firstname, surname, nachname, …
		return
	}
	end := i + n
	for end < len(b) && end-i < maxName && isName(b[end]) {
		end++
	}
	t.work += end - i
	if c := at(b, end); c != '"' && c != '\'' && c != '=' && c != ':' && c != '>' && c != '\\' && c != ' ' && c != ']' {
		return
	}
	s := &t.separator
	if s.after(b, end); s.kind != assigned && s.kind != tagged {
		return
	}
	start := nameStart(b, i, end)
	for start > t.claimed && b[start-1] == ' ' && end-start < 24 && start > 1 && isLetter(b[start-2]) && s.kind != tagged { // "First name: …"
		for start--; start > t.claimed && isName(b[start-1]) && end-start < maxName; {
			start--
		}
	}
	f := fieldOf(b[start:end])
	if f == nil || f.kind != t.d.kind {
		return
	}
	from, to := t.fieldValue(s, f)
	t.work += to - from
	yield.After(byteWork * (to - from))
	if from < to && f.accepts(b[from:to]) {
		t.addNear(from, to, f.confidence)
	}
}

// maxFieldValue is the longest value that is one of a person, in bytes.
const maxFieldValue = 256

// fieldValue returns where the value behind a separator is.
func (t *text) fieldValue(s *separator, f *personalField) (start, end int) {
	b, i := t.b, s.value
	if s.kind == tagged {
		end = i
		for end < len(b) && end-i < maxFieldValue && b[end] != '<' && b[end] != '\n' {
			end++
		}
		if at(b, end) != '<' || at(b, end+1) != '/' {
			return 0, 0
		}
		return i, end
	}
	if open, backslashes, ok := openingQuote(b, i); ok {
		start = open + 1
		for end = start; end < len(b) && end-start <= maxFieldValue && b[end] != b[open] && b[end] >= ' '; end++ {
			if b[end] == '\\' && backslashes == 0 {
				end++
			} else if b[end] == '\\' && at(b, end+1) == b[open] {
				break
			}
		}
		if end >= len(b) || b[end] != b[open] && b[end] != '\\' {
			return 0, 0
		}
		return start, end
	}
	if s.close != 0 || !s.colon { // "zip":12345, zip=12345
		end = bareEnd(b[:min(len(b), i+maxFieldValue)], i)
		for k := i; k < end && !s.colon; k++ {
			if b[k] == '&' || b[k] == '#' {
				return i, k
			}
		}
		return i, end
	}
	if f.whole && !isUpper(b[i]) && !isDigit(b[i]) { // prose about an address
		return 0, 0
	}
	return i, t.lineValueEnd(i, f)
}

// lineValueEnd returns the end of what stands behind "Name: " in prose or YAML: some words that begin with capitals, or up to the end of the line.
func (t *text) lineValueEnd(i int, f *personalField) int {
	b, end := t.b, i
	if f.kind != Name {
		for end < len(b) && end-i < 80 && b[end] != '\n' && b[end] != '\r' && b[end] != ';' && b[end] != '"' && b[end] != '|' && b[end] != '\\' {
			end++
		}
		if f.kind != Address || f.name == "zip" || f.name == "plz" || f.name == "postcode" {
			for k := i; k < end; k++ {
				if b[k] == ',' || b[k] == ' ' && k+1 < end && isLower(b[k+1]) {
					return k
				}
			}
		}
		return end
	}
	for words := 0; words < 4 && end < len(b) && end-i < 80; words++ {
		k := end
		if words > 0 {
			if b[k] != ' ' {
				break
			}
			k++
		}
		if k >= len(b) || !isUpper(b[k]) && b[k] < 0xc3 {
			break
		}
		for k < len(b) && (isAlnum(b[k]) || b[k] >= 0x80 || b[k] == '-' || b[k] == '\'' || b[k] == '.' && k+1 < len(b) && b[k+1] == ' ') {
			k++
		}
		if at(b, k) == ':' || at(b, k) == '=' { // the next field
			break
		}
		end = k
	}
	return end
}

// fieldOf finds the personal field that a name is one of, nil if there is none.
func fieldOf(name []byte) *personalField {
	var buf [maxName]byte
	n := normalName(&buf, name)
	if len(n) < 3 {
		return nil
	}
	list := personalFields[n[len(n)-1]&31]
	for i := range list {
		f := &list[i]
		k := len(n) - len(f.name)
		if k == 0 && string(n) == f.name || k > 0 && !f.whole && n[k-1] == ' ' && string(n[k:]) == f.name {
			return f
		}
	}
	return nil
}

// normalName writes a name in lower case, with one space where its words meet: customerFirstName, customer_first_name. Of "a.b" it takes b.
func normalName(buf *[maxName]byte, name []byte) []byte {
	if len(name) > maxName/2 {
		name = name[len(name)-maxName/2:]
	}
	n := 0
	for i, c := range name {
		switch {
		case c == '.' || c == ':':
			n = 0
		case c == '_' || c == '-' || c == ' ':
			if n > 0 && buf[n-1] != ' ' {
				buf[n] = ' '
				n++
			}
		default:
			if isUpper(c) && i > 0 && isLower(name[i-1]) && n > 0 && buf[n-1] != ' ' {
				buf[n] = ' '
				n++
			}
			buf[n] = lower(c)
			n++
		}
	}
	for n > 0 && buf[n-1] == ' ' {
		n--
	}
	return buf[:n]
}

// accepts tells whether a value may be one of the field.
func (f *personalField) accepts(v []byte) bool {
	if len(v) == 0 || len(v) > maxFieldValue || !isSecretValue(v) {
		return false
	}
	letters, numbers, spaces := 0, 0, 0
	for _, c := range v {
		switch {
		case isLetter(c) || c >= 0x80:
			letters++
		case isDigit(c):
			numbers++
		case c == ' ':
			spaces++
		case c == '{' || c == '[' || c == '@' && f.kind == Name || c == '<' || c == '=':
			return false
		}
	}
	switch f.kind {
	case Name:
		return letters > 0 && letters > numbers
	case DateOfBirth:
		return numbers > 0
	case BIC:
		return check.BIC(v)
	case ICD10:
		return check.ICD10(v)
	case MBI:
		return check.MBI(v)
	case MedicalRecord, DrivingLicence, Passport:
		return numbers >= 4 && len(v) >= 6 && len(v) <= 20
	case Address:
		if f.name[0] == 'z' || f.name[0] == 'p' && f.name[len(f.name)-1] != 's' {
			return numbers >= 2 && len(v) >= 4 && len(v) <= 12
		}
		return letters > 0 && (!f.whole || spaces > 0) || f.name == "house number"
	}
	return letters+numbers > 0
}
