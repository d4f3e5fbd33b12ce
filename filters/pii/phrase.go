package pii

// Passwords behind their name in other languages than English, as a sentence or an assignment says them: "La contraseña es x", "Hasło: x", "密码：x".
var _ = register(detector{
	kind: Secret, reason: "value of a password's name",
	words: []string{"mot de passe", "contrasena", "senha", "wachtwoord", "adgangskode", "passord", "salasana", "haslo", "heslo", "kata sandi"},
	prefixes: []string{
		"contraseña", "Contraseña", "CONTRASEÑA", "lösenord", "Lösenord", "LÖSENORD", "hasło", "Hasło", "HASŁO", "jelszó", "Jelszó", "parolă", "Parolă", "şifre", "Şifre", "ŞİFRE", "пароль", "Пароль", "ПАРОЛЬ",
		"密码", "密碼", "口令", "パスワード", "비밀번호",
	},
	literal: phrase,
})

func phrase(t *text, i, n int) {
	b, end := t.b, i+n
	if b[i] < 0x80 && i > 0 && (isAlnum(b[i-1]) || b[i-1] >= 0x80) {
		return
	}
	for k := 0; k < 3 && isLetter(at(b, end)); k++ { // of the word, such as an article behind it
		end++
	}
	if isAlnum(at(b, end)) {
		return
	}
	t.work += n
	_, k := closers(b, end)
	k = skipBlanks(b, k)
	j := judgement{strength: explicit, password: true}
	switch value, _ := assigns(b, k); {
	case value != 0:
		t.said(j, value, true)
	case hasPrefix(b[k:], "："):
		t.said(j, skipBlanks(b, k+len("：")), true)
	default:
		if value := statedValue(b, k); value != 0 {
			t.said(j, value, false)
		}
	}
}

// said looks at the value at i, which a word for password says: behind a separator any word of ASCII is one.
func (t *text) said(j judgement, i int, separated bool) {
	b := t.b
	if open, backslashes, ok := openingQuote(b, i); ok {
		if separated || !closesAround(b, open) {
			t.quoted(j, open, backslashes)
		}
		return
	}
	end := bareEnd(b, i)
	for k := i; k < end; k++ { // "。" and "，" end a sentence without a blank
		if b[k] == 0xe3 && at(b, k+1) == 0x80 || b[k] == 0xef && at(b, k+1) == 0xbc {
			end = k
		}
	}
	t.work += 2 * (end - i)
	v := b[i:end]
	switch {
	case len(v) < 3, isCode(v), t.beginsProse(v), isTypeName(t.word.of(v)):
	case looksLikeSecret(v), separated && isASCII(v):
		t.addValue(j, i, end)
	}
}

func isASCII(v []byte) bool {
	for _, c := range v {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
