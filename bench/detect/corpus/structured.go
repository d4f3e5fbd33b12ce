package corpus

import (
	"encoding/json"
	"net/url"
	"strings"
)

// field is a name and the generator of its values.
type field struct{ name, value string }

// fields are names of attributes as records have them, in many styles.
var fields = []field{
	{"email", "email"}, {"e_mail", "email"}, {"userEmail", "email"}, {"contact", "email"}, {"reply_to", "email"}, {"owner", "email"}, {"login", "email"},
	{"phone", "phone"}, {"phoneNumber", "phone"}, {"mobile", "phone-any"}, {"tel", "phone-any"}, {"contact_phone", "phone-e164"}, {"msisdn", "phone-e164"}, {"fax", "phone-us"}, {"cell", "phone-us"},
	{"card", "card"}, {"cardNumber", "card-plain"}, {"pan", "card-plain"}, {"credit_card", "card"}, {"payment", "card"}, {"cc", "card"},
	{"iban", "iban"}, {"account", "iban"}, {"bankAccount", "iban"}, {"payee", "iban"},
	{"ssn", "ssn"}, {"social_security_number", "ssn"}, {"tax_id", "ssn"}, {"ssn", "ssn-plain"},
	{"ip", "ip"}, {"client_ip", "ipv4"}, {"remoteAddr", "ip"}, {"src", "ipv4"}, {"x_forwarded_for", "ipv4"}, {"host", "ipv6"},
	{"mac", "mac"}, {"mac_address", "mac"}, {"dob", "birth-iso"}, {"date_of_birth", "birth"}, {"birthDate", "birth-iso"},
	{"first_name", "first"}, {"lastName", "last"}, {"full_name", "name"}, {"customerName", "name"}, {"address", "address"}, {"street", "address"}, {"zip", "zip"},
	{"password", "password"}, {"passwd", "weak"}, {"pwd", "password"}, {"secret", "opaque"}, {"client_secret", "opaque"}, {"api_key", "opaque"}, {"apiKey", "token"}, {"token", "opaque"}, {"access_token", "bearer"}, {"refresh_token", "opaque"}, {"private_key", "opaque"},
	{"auth_token", "opaque"}, {"aws_secret_access_key", "aws-secret"}, {"credentials", "opaque"}, {"passphrase", "password"}, {"db_password", "password"}, {"note", "token"}, {"message", "token"}, {"sessionToken", "opaque"}, {"secretKey", "opaque"},
	{"wallet", "btc"}, {"btc_address", "bech32"}, {"eth", "eth"}, {"nino", "nino"}, {"nhs_number", "nhs"}, {"aadhaar", "aadhaar"}, {"passport", "passport"}, {"npi", "npi"}, {"imei", "imei"}, {"vin", "vin"}, {"swift", "bic"}, {"routing_number", "aba"},
	{"drivers_license", "licence"}, {"location", "coordinates"}, {"username", "user"},
}

var harmless = []field{
	{"id", "-uuid"}, {"id", "-int"}, {"order_id", "-order"}, {"orderId", "-order"}, {"ts", "-epoch-ms"}, {"timestamp", "-iso"}, {"created_at", "-iso"}, {"updatedAt", "-epoch"}, {"time", "-iso"}, {"nanos", "-epoch-ns"}, {"version", "-version"}, {"version", "-version4"}, {"oid", "-oid"}, {"amount", "-decimal"},
	{"score", "-decimal"}, {"total", "-money"}, {"sha", "-sha1"}, {"commit", "-sha1"}, {"checksum", "-md5"}, {"digest", "-digest"}, {"etag", "-etag"}, {"trace_id", "-traceid"}, {"traceId", "-traceid"}, {"span_id", "-spanid"}, {"payload", "-b64"}, {"isbn", "-isbn"}, {"ean", "-ean"}, {"tracking", "-tracking"}, {"sku", "-sku"},
	{"token_count", "-int"}, {"max_tokens", "-int"}, {"password_length", "-int"}, {"secret_version", "-int"}, {"tokenType", "-word"}, {"keyboard", "-word"}, {"author", "-word"}, {"password_policy", "-word"}, {"key_id", "-uuid"}, {"primary_key", "-int"}, {"passed", "-int"}, {"auth_method", "-word"}, {"monkey", "-word"},
	{"width", "-int"}, {"ratio", "-percent"}, {"size", "-size"}, {"color", "-color"}, {"path", "-path"}, {"host", "-host"}, {"port", "-port"}, {"duration", "-duration"}, {"thread", "-thread"}, {"class", "-class"}, {"snowflake", "-snowflake"}, {"guid", "-guid-upper"}, {"arn", "-arn"}, {"package", "-package"}, {"bytes", "-bytes"},
	{"reference", "-badcard"}, {"offset", "-bytes"}, {"partition", "-int"}, {"epoch_us", "-epoch-us"}, {"country", "-country"}, {"part", "-partnum"}, {"lat", "-geo"}, {"level", "-level"}, {"status", "-status"}, {"etag", "-md5"}, {"build", "-shorthash"}, {"date", "-date"},
	{"password", "-holder"}, {"token", "-holder"}, {"secret", "-holder"}, {"api_key", "-holder"},
}

func (g gen) field() field {
	if g.oneIn(3) {
		return pick(g, fields)
	}
	return pick(g, harmless)
}

// some returns fields of distinct names.
func (g gen) some(n int) []field {
	var out []field
	for len(out) < n {
		f := g.field()
		if !contains(out, f.name) {
			out = append(out, f)
		}
	}
	return out
}

func contains(fs []field, name string) bool {
	for _, f := range fs {
		if f.name == name {
			return true
		}
	}
	return false
}

func jsonEscape(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

func xmlEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

func yamlQuote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}

// numbers are generators whose values may stand without quotes in JSON.
var numbers = map[string]bool{"-int": true, "-epoch": true, "-epoch-ms": true, "-epoch-ns": true, "-decimal": true, "-bytes": true, "-badcard": true, "-snowflake": true, "-status": true, "-port": true, "card-plain": true, "ssn-plain": true}

// unnamed are generators whose values say what they are without a field's name.
var unnamed = map[string]bool{"email": true, "phone-us": true, "phone-e164": true, "card": true, "iban": true, "ip": true, "ipv4": true, "mac": true, "token": true, "btc": true, "bech32": true}

func writeJSON(w *writer) string {
	w.enc = jsonEscape
	pretty := w.g.oneIn(4)
	object(w, w.g.between(3, 10), 1, pretty)
	if pretty {
		return "json-pretty"
	}
	return ""
}

func object(w *writer, n, depth int, pretty bool) {
	newline, colon := "", pick(w.g, []string{":", ": "})
	if pretty {
		newline, colon = "\n"+strings.Repeat("  ", depth), ": "
	}
	w.raw("{")
	for i, f := range w.g.some(n) {
		if i > 0 {
			w.raw(",")
		}
		w.raw(newline + `"`)
		switch {
		case depth < 4 && w.g.oneIn(9):
			w.raw(pick(w.g, []string{"customer", "data", "payload", "billing", "meta", "user"}) + `"` + colon)
			object(w, w.g.between(1, 4), depth+1, pretty)
		case unnamed[f.value] && w.g.oneIn(4):
			freeText(w, f, colon)
		case w.g.oneIn(14):
			w.raw(f.name + `"` + colon + "[")
			for j := range w.g.between(1, 3) {
				if j > 0 {
					w.raw(",")
				}
				jsonValue(w, f)
			}
			w.raw("]")
		default:
			w.raw(f.name + `"` + colon)
			jsonValue(w, f)
		}
	}
	if pretty {
		w.raw("\n" + strings.Repeat("  ", depth-1))
	}
	w.raw("}")
}

func jsonValue(w *writer, f field) {
	if numbers[f.value] && w.g.oneIn(3) {
		var v writer
		v.g = w.g
		v.value(f.value)
		if s := v.b.String(); s[0] != '0' { // JSON has no leading zeros
			w.label2(v.spans, s)
			return
		}
		w.raw(`"`)
		w.label2(v.spans, v.b.String())
		w.raw(`"`)
		return
	}
	w.raw(`"`)
	w.value(f.value)
	w.raw(`"`)
}

// freeText writes a field whose text holds a value.
func freeText(w *writer, f field, colon string) {
	w.raw(pick(w.g, []string{"note", "comment", "text", "description", "body", "msg"}) + `"` + colon + `"` + pick(w.g, []string{"see ", "contact: ", "changed to ", "was ", "new value "}))
	w.value(f.value)
	w.raw(pick(w.g, []string{"", " today", ".", ", please", " (verified)"}) + `"`)
}

// label2 writes what another writer made.
func (w *writer) label2(spans []Span, s string) {
	if len(spans) == 0 {
		w.plain(s)
		return
	}
	w.label(spans[0].Kind, s)
}

func writeLogfmt(w *writer) string {
	w.raw("ts=")
	w.value("-iso")
	w.raw(" level=info")
	for _, f := range w.g.some(w.g.between(3, 8)) {
		var v writer
		v.g = w.g
		v.value(f.value)
		s := v.b.String()
		if strings.ContainsAny(s, " \"=\\") || s == "" {
			w.enc = yamlQuote
			w.raw(" " + f.name + `="`)
			w.label2(v.spans, s)
			w.raw(`"`)
		} else {
			w.enc = nil
			w.raw(" " + f.name + "=")
			w.label2(v.spans, s)
		}
	}
	return ""
}

func writeCSV(w *writer) string {
	sep := pick(w.g, []string{",", ",", ";", "\t"})
	columns := w.g.some(w.g.between(3, 8))
	for i, f := range columns {
		if i > 0 {
			w.raw(sep)
		}
		w.raw(f.name)
	}
	for range w.g.between(1, 4) {
		w.raw("\n")
		for i, f := range columns {
			if i > 0 {
				w.raw(sep)
			}
			var v writer
			v.g = w.g
			v.value(f.value)
			s := v.b.String()
			if strings.ContainsAny(s, sep+"\"\n") {
				w.enc = func(s string) string { return strings.ReplaceAll(s, `"`, `""`) }
				w.raw(`"`)
				w.label2(v.spans, s)
				w.raw(`"`)
			} else {
				w.enc = nil
				w.label2(v.spans, s)
			}
		}
	}
	return ""
}

func writeXML(w *writer) string {
	w.enc = xmlEscape
	attributes := w.g.oneIn(3)
	w.raw(pick(w.g, []string{"", `<?xml version="1.0" encoding="UTF-8"?>` + "\n"}) + "<record")
	some := w.g.some(w.g.between(2, 7))
	if attributes {
		for _, f := range some {
			w.raw(" " + f.name + `="`)
			w.value(f.value)
			w.raw(`"`)
		}
		w.raw("/>")
		return "xml-attributes"
	}
	w.raw(">")
	for _, f := range some {
		w.raw(pick(w.g, []string{"\n  ", ""}) + "<" + f.name + ">")
		w.value(f.value)
		w.raw("</" + f.name + ">")
	}
	w.raw("\n</record>")
	return ""
}

func writeYAML(w *writer) string {
	indent := ""
	if w.g.bool() {
		w.raw(pick(w.g, []string{"spring:\n", "data:\n", "env:\n", "default:\n"}))
		indent = "  "
	}
	for i, f := range w.g.some(w.g.between(2, 8)) {
		if i > 0 {
			w.raw("\n")
		}
		w.raw(indent + f.name + ": ")
		var v writer
		v.g = w.g
		v.value(f.value)
		s := v.b.String()
		if s == "" || strings.ContainsAny(s, ":#{}[]&*!|>'\"%@`\\") || w.g.oneIn(4) {
			w.enc = yamlQuote
			w.raw(`"`)
			w.label2(v.spans, s)
			w.raw(`"`)
		} else {
			w.enc = nil
			w.label2(v.spans, s)
		}
	}
	return ""
}

func writeURL(w *writer) string {
	w.enc = url.QueryEscape
	w.raw(pick(w.g, []string{"GET ", "", "https://shop.example.com", "POST ", "Referer: http://example.org"}) + pick(w.g, []string{"/api/v1/users?", "/callback?", "/search?q=shoes&", "/?"}))
	for i, f := range w.g.some(w.g.between(1, 6)) {
		if i > 0 {
			w.raw("&")
		}
		w.raw(f.name + "=")
		w.value(f.value)
	}
	w.raw(pick(w.g, []string{"", " HTTP/1.1", "#top"}))
	return ""
}

var statements = []string{
	"INSERT INTO users (id, email, phone, created_at) VALUES ([[-int]], '[[email]]', '[[phone]]', '[[-iso]]');",
	"INSERT INTO users VALUES ([[-int]], '[[name]]', '[[ssn]]', '[[birth-iso]]', '[[-uuid]]');", "UPDATE accounts SET password = '[[password]]' WHERE email = '[[email]]';", "SELECT * FROM orders WHERE id = [[-bytes]] AND ts > [[-epoch-ms]];",
	"SELECT name, iban FROM payees WHERE iban IN ('[[iban]]', '[[iban]]')", "CREATE USER app WITH PASSWORD '[[password]]';", "ALTER USER root@localhost IDENTIFIED BY '[[password]]';", "DELETE FROM sessions WHERE client_ip = '[[ipv4]]' AND id < [[-snowflake]]",
	"INSERT INTO payments (card_number, amount, currency) VALUES ('[[card]]', [[-geo]], 'EUR')", "select count(*) from t where sku in ('[[-sku]]','[[-sku]]') and price < [[-geo]]", "COPY contacts FROM stdin;\n[[-int]]\t[[name]]\t[[email]]\t[[phone]]\n\\.",
	"UPDATE t SET contact_phone='[[phone-any]]', updated='[[-date]]' WHERE guid='[[-uuid]]'", "GRANT SELECT ON app.* TO 'report'@'%' IDENTIFIED BY '[[password]]'",
}

func writeSQL(w *writer) string {
	w.enc = func(s string) string { return strings.ReplaceAll(s, "'", "''") }
	w.fill(pick(w.g, statements))
	return ""
}
