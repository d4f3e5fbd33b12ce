package pii

// What names say that a value is a secret. They are compared in lower case and without separators, so that api_key, apiKey and API-KEY are the same;
// where words begin is kept apart.

const maxName = 64 // bytes of a name that count, from its end

// strength is how surely a name says that its value is a secret.
type strength uint8

const (
	noSecret strength = iota
	weak              // of values that look like words of a sentence it says nothing
	explicit
)

// judgement is what a name says.
type judgement struct {
	strength strength
	key      bool // it is a key of any kind: the value must look like one
	counts   bool // a number as its value is a count
	scheme   bool // the value may begin with an authentication scheme
	password bool // it is the name of a password
	path     bool // the value may be where the secret is rather than the secret
}

// confidence of a finding by such a name.
func (j judgement) confidence() uint8 {
	if j.strength == explicit {
		return 90
	}
	return 70
}

// secretParts make a name one of a secret wherever they begin in it: db_password, awsSecretAccessKey. They are by their first letter.
var secretParts = ['z' + 1][]string{
	'a': {"apikey", "accesskey", "authkey", "accountkey", "appkey"},
	'c': {"credential", "clientkey", "consumerkey"},
	'e': {"encryptionkey"},
	'k': {"keypass"},
	'l': {"licensekey"},
	'm': {"masterkey"},
	'p': {"password", "passwd", "passwort", "passphrase", "passcode", "pwd", "privatekey"},
	's': {"secret", "signingkey", "sharedkey", "sessionkey", "storagekey", "storepass", "subscriptionkey", "servicekey"},
	't': {"token"},
}

// secretWords do so only as words of their own: "auth" is in "author", "pass" in "bypass".
var secretWords = ['z' + 1][]string{
	'a': {"authorization", "auth"},
	'c': {"creds", "cred"},
	'o': {"oauth"},
	'p': {"pass", "pw"},
}

// isDataKey tells whether a word before "key" makes it one of data.
func isDataKey(word []byte) bool {
	switch string(word) {
	case "primary", "foreign", "public", "cache", "partition", "sort", "idempotency", "row", "object", "hash", "index", "map", "lookup", "unique", "routing", "message", "record",
		"group", "composite", "natural", "issue", "project", "translation", "event", "dedup", "deduplication", "order", "range", "shard", "file", "bucket", "item", "document",
		"metric", "label", "host", "ssh", "pub", "verify", "verification", "site", "cursor", "join", "search", "storage", "image", "lock", "batch":
		return true
	}
	return false
}

// secretPairs has, for the first letter of any of those, by its low five bits, a bit for each second one.
var secretPairs = newSecretPairs()

func newSecretPairs() (t [32]uint32) {
	for c := range secretParts {
		for _, words := range [][]string{secretParts[c], secretWords[c]} {
			for _, w := range words {
				t[c&31] |= 1 << (w[1] & 31)
			}
		}
	}
	return t
}

// isHarmless tells whether a word behind those makes the name one of something else: token_count, passwordLength, secret_name.
func isHarmless(word []byte) bool {
	switch string(word) {
	case "age", "ages", "alg", "algorithm", "arn", "at", "attempt", "attempts", "audience", "bits", "bucket", "budget", "bytes", "changed", "class",
		"cost", "count", "counter", "counts", "created", "date", "days", "description", "dir", "directory", "disabled", "domain", "enabled",
		"endpoint", "error", "errors", "exists", "expiration", "expire", "expired", "expires", "expiry", "failed", "failures", "field", "file",
		"filename", "flow", "form", "format", "header", "help", "hint", "host", "index", "interval", "issuer", "kind", "label", "last", "len",
		"length", "level", "lifetime", "limit", "limits", "link", "location", "manager", "max", "message", "method", "min", "mode", "model", "name",
		"names", "num", "number", "offset", "page", "path", "per", "placeholder", "policies", "policy", "port", "position", "price", "prompt",
		"protocol", "provider", "rate", "realm", "reason", "ref", "region", "required", "reset", "result", "retries", "role", "rotation", "rule",
		"rules", "scheme", "scope", "screen", "server", "service", "size", "source", "state", "status", "stdin", "store", "strategy", "strength", "success",
		"time", "timeout", "timestamp", "title", "total", "ttl", "type", "types", "updated", "uri", "url", "usage", "used", "user", "username",
		"valid", "validity", "variable", "vault", "version", "vocab", "window":
		return true
	}
	return false
}

// isTail tells whether a word may follow a part of a name without a separator: passwordhash.
func isTail(word []byte) bool {
	switch string(word) {
	case "hash", "value", "key", "salt", "data", "text", "confirm", "confirmation", "again", "base", "id":
		return true
	}
	return false
}

// countsNext tells whether a word before "token" makes it a number of them.
func countsNext(word []byte) bool {
	switch string(word) {
	case "max", "min", "num", "total", "n", "prompt", "completion", "input", "output", "cached", "remaining", "reasoning":
		return true
	}
	return false
}

// flatName is a name in lower case, without separators.
type flatName struct {
	letters [maxName]byte
	n       int
	starts  uint64 // a bit for each letter that begins a word
}

// flatten sets f, which must be empty, to a name.
func (f *flatName) flatten(name []byte) {
	letter, small := false, false // what the byte before is
	for i, c := range name {
		l := c | 0x20
		if l-'a' > 'z'-'a' {
			letter, small = false, false
			continue
		}
		if !letter || c != l && (small || isLower(at(name, i+1))) {
			f.starts |= 1 << f.n
		}
		f.letters[f.n] = l
		f.n++
		letter, small = true, c == l
	}
}

// has tells whether s is at i.
func (f *flatName) has(i int, s string) bool {
	return i+len(s) <= f.n && string(f.letters[i:i+len(s)]) == s
}

// begins tells whether a word begins at i, or the name ends.
func (f *flatName) begins(i int) bool { return i >= f.n || f.starts>>i&1 != 0 }

// wordEnd returns the end of the word that i is in.
func (f *flatName) wordEnd(i int) int {
	for i++; !f.begins(i); i++ {
	}
	return min(i, f.n)
}

// judge tells what a name says.
func judge(name []byte) (j judgement) {
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	var f flatName
	f.flatten(name)
	if f.isSample() || isPackage(name) {
		return j
	}
	for i := 0; i+1 < f.n; i++ {
		if secretPairs[f.letters[i]&31]>>(f.letters[i+1]&31)&1 != 0 {
			f.judgeAt(i, &j)
		}
	}
	if j.strength == noSecret {
		f.judgeKey(&j)
	}
	return j
}

// judgeKey takes any name that ends with a key for that of a secret, if the value looks like one.
func (f *flatName) judgeKey(j *judgement) {
	i := f.n - len("key")
	if i <= 0 || !f.has(i, "key") || !f.begins(i) {
		return
	}
	begin := i - 1
	for begin > 0 && !f.begins(begin) {
		begin--
	}
	if !isDataKey(f.letters[begin:i]) {
		j.strength, j.key = weak, true
	}
}

// isSample tells whether a name begins with a word that says that its value is none.
func (f *flatName) isSample() bool {
	switch string(f.letters[:f.wordEnd(0)]) {
	case "fake", "dummy", "mock", "sample", "example", "non", "invalid":
		return true
	}
	return false
}

// isPackage tells whether a name is one of a package: io.jsonwebtoken.
func isPackage(name []byte) bool {
	return hasPrefix(name, "io.") || hasPrefix(name, "com.") || hasPrefix(name, "org.")
}

// judgeAt adds to j what the part says that begins at i.
func (f *flatName) judgeAt(i int, j *judgement) {
	first := f.letters[i]
	for _, p := range secretParts[first] {
		if end := i + len(p); f.has(i, p) && f.partEnds(end) && !f.isID(end, p) && !f.after(i, "public") {
			j.strength = explicit
			j.counts = j.counts || f.counts(i, end)
			j.scheme = j.scheme || p == "token"
			j.password = j.password || first == 'p' && p != "privatekey"
			j.path = j.path || p == "credential" || p == "privatekey"
			return
		}
	}
	if !f.begins(i) {
		return
	}
	for _, w := range secretWords[first] {
		end := i + len(w)
		if f.has(i, w) && f.begins(end) && !f.harmlessAfter(end) {
			j.strength = max(j.strength, weak)
			j.counts = j.counts || w == "pass" && end == f.n && i == 0
			j.scheme = j.scheme || w[0] != 'p' && w[0] != 'c'
			j.path = j.path || w[0] == 'c'
			return
		}
	}
}

// isID tells whether the part that ends here is credentials or secrets, with "id" behind: their id isn't one, though a secret's (of Vault) is.
func (f *flatName) isID(end int, part string) bool {
	if part == "privatekey" && f.has(end, "id") && f.begins(end+2) { // of a service account of Google
		return true
	}
	if part == "credential" || part == "secret" {
		if part == "credential" && f.has(end, "id") {
			return true
		}
		return f.has(end, "sid") && f.begins(end+3)
	}
	return false
}

// after tells whether a word stands before i.
func (f *flatName) after(i int, word string) bool { return i >= len(word) && f.has(i-len(word), word) }

// partEnds tells whether what follows a part of a secret's name leaves it one.
func (f *flatName) partEnds(end int) bool {
	if end < f.n && f.letters[end] == 's' && f.begins(end+1) {
		end++
	}
	if !f.begins(end) {
		word := f.letters[end:f.wordEnd(end)]
		return isTail(word) && !f.harmlessAfter(f.wordEnd(end))
	}
	return !f.harmlessAfter(end)
}

// harmlessAfter tells whether one of the words from i on is harmless.
func (f *flatName) harmlessAfter(i int) bool {
	for i < f.n {
		end := f.wordEnd(i)
		if isHarmless(f.letters[i:end]) {
			return true
		}
		i = end
	}
	return false
}

// counts tells whether numbers are how many there are of what stands from i to end.
func (f *flatName) counts(i, end int) bool {
	if end < f.n && f.letters[end] == 's' {
		return true
	}
	if i == 0 || !f.begins(i) {
		return false
	}
	begin := i - 1
	for begin > 0 && !f.begins(begin) {
		begin--
	}
	return countsNext(f.letters[begin:i])
}
