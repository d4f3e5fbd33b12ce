package pii

import "github.com/libnasp/libnasp/filters/yield"

// Secrets on command lines and in statements, where no name stands beside them.

// commands have a flag behind which a password stands, in the same word if it is attached.
var commands = []struct {
	name, flag string
	attached   bool
}{{"sshpass ", "-p", false}, {"redis-cli ", "-a", false}, {"docker login ", "-p", false}, {"mysql ", "-p", true}, {"mysqldump ", "-p", true}}

var _ = register(detector{kind: Secret, reason: "password on a command line", words: commandNames(), literal: func(t *text, i, n int) {
	for _, c := range commands {
		if hasPrefixFold(t.b[i:], c.name) && wordStarts(t.b, i) {
			t.flagged(i+n, c.flag, c.attached)
			return
		}
	}
}})

func commandNames() (names []string) {
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
}

const maxCommand = 128 // bytes behind a command's name in which its flag is looked for

// flagged looks for a flag in the rest of a command line, and takes the word behind it.
func (t *text) flagged(i int, flag string, attached bool) {
	b, stop := t.b, min(len(t.b), i+maxCommand)
	from := i
	for ; i < stop && b[i] != '\n' && b[i] != '|' && b[i] != ';'; i++ {
		if b[i] != '-' || b[i-1] != ' ' || !hasPrefix(b[i:], flag) {
			continue
		}
		value := i + len(flag)
		if !attached {
			value = skipBlanks(b, value)
		} else if at(b, value) == ' ' || at(b, value) == '-' {
			continue
		}
		t.argument(value)
		break
	}
	t.work += i - from
}

// argument takes the word of a command line at i for a secret.
func (t *text) argument(i int) {
	if start, end := t.wordAt(i); end-start >= 3 && t.b[start] != '-' && isSecretValue(t.b[start:end]) {
		t.later(start, end, 85)
	}
}

// wordAt returns the word of a command line at i, without its quotes.
func (t *text) wordAt(i int) (start, end int) {
	b, quote := t.b, byte(' ')
	if c := at(b, i); c == '"' || c == '\'' {
		quote, i = c, i+1
	}
	for end = i; end < len(b) && end-i < maxCookie && b[end] != quote && b[end] > ' ' && b[end] != '"'; end++ {
	}
	t.work += end - i
	return i, end
}

// curl -u user:password, and other programs' --user.
var _ = register(detector{kind: Secret, reason: "password on a command line", words: []string{" -u ", " --user ", " --user=", " --proxy-user "}, literal: func(t *text, i, n int) {
	start, end := t.wordAt(skipBlanks(t.b, i+n))
	v := t.b[start:end]
	colon := indexByte(v, ':')
	if colon <= 0 || indexByte(v[:colon], '/') >= 0 || len(v)-colon-1 < 3 || isCount(v[colon+1:]) || v[colon+1] == '/' || v[0] == '<' || isUsage(t.word.of(v[colon+1:])) || !isSecretValue(v[colon+1:]) {
		return
	}
	t.later(start+colon+1, end, 85)
}})

// isUsage tells whether a word stands for a password in descriptions of programs.
func isUsage(w []byte) bool {
	switch string(w) {
	case "password", "passwd", "pass", "pwd", "token", "test", "secret", "xxx", "yyy", "apikey", "api_key", "api_token":
		return true
	}
	return false
}

// .pgpass: host:port:database:user:password.
var _ = register(detector{kind: Secret, reason: "password in .pgpass", words: []string{":5432:", ":5433:"}, literal: func(t *text, i, n int) {
	if i == 0 || !isAlnum(t.b[i-1]) && t.b[i-1] != '*' {
		return
	}
	k := i + n
	for range 2 {
		from := k
		for k < len(t.b) && k-from < maxName && (isName(t.b[k]) || t.b[k] == '*') {
			k++
		}
		t.work += k - from
		if at(t.b, k) != ':' || k == from {
			return
		}
		k++
	}
	t.argument(k)
}})

// redis.conf.
var _ = register(detector{kind: Secret, reason: "password in redis.conf", words: []string{"requirepass ", "masterauth "}, literal: func(t *text, i, n int) {
	if wordStarts(t.b, i) {
		t.argument(skipBlanks(t.b, i+n))
	}
}})

// SQL: ALTER USER x IDENTIFIED BY 'password'.
var _ = register(detector{kind: Secret, reason: "password in a statement", words: []string{"identified by "}, literal: func(t *text, i, n int) {
	k := skipBlanks(t.b, i+n)
	if hasPrefixFold(t.b[k:], "password ") {
		k = skipBlanks(t.b, k+len("password "))
	}
	if open, backslashes, ok := openingQuote(t.b, k); ok {
		t.quoted(judgement{strength: explicit, password: true}, open, backslashes)
	}
}})

// Two words behind a name for both: creds: user / password, and "user x password y" without a separator.
var _ = register(detector{kind: Secret, reason: "password behind a user's name", words: []string{"creds: ", "credentials: ", "login: "}, literal: func(t *text, i, n int) {
	_, end := t.wordAt(skipBlanks(t.b, i+n))
	if hasPrefix(t.b[end:], " / ") || hasPrefix(t.b[end:], " | ") {
		t.argument(end + 3)
	}
}})

var _ = register(detector{kind: Secret, reason: "password behind a user's name", words: []string{" password ", " passwd "}, literal: func(t *text, i, n int) {
	before := t.b[max(0, i-maxName):i]
	t.work += 4 * len(before)
	yield.After(4 * byteWork * len(before))
	if !mentions(before, "user") && !mentions(before, "login") && !mentions(before, "account") {
		return
	}
	start, end := t.wordAt(i + n)
	for end > start && contains(",.;", t.b[end-1]) {
		end--
	}
	if v := t.b[start:end]; len(v) >= 4 && looksLikeSecret(v) && !t.beginsProse(v) && isSecretValue(v) {
		t.later(start, end, 75)
	}
}})

// Tokens that have a mark in their middle.
var _ = register(detector{kind: Secret, reason: "Terraform token", words: []string{".atlasv1."}, literal: func(t *text, i, n int) {
	const set = 1 << 6 // as 'e' in tokenForms
	start := i
	for start > t.claimed && i-start < 14 && isAlnum(t.b[start-1]) {
		start--
	}
	if end := t.run(i+n, set); i-start == 14 && end-i-n >= 60 && random(t.b[i+n:end], false) {
		t.add(start, end, 95)
	}
}})

var _ = register(detector{kind: Secret, reason: "Airtable token", word: func(t *text, w *word) {
	const hex = 1 << 1
	if !hasPrefix(t.b[w.start:], "pat") || at(t.b, w.end) != '.' {
		return
	}
	if end := t.runOf(w.end+1, hex, 65); end-w.end-1 == 64 {
		t.add(w.start, end, 95)
	}
}, length: span{17, 17}})
