package pii

// References stand where a secret does and say where it is: variables, fields of programs, paths of vaults, tags of YAML.

// references begin expressions of programs and of configurations; what follows ends them.
var references = []string{
	"process.env", "os.environ", "os.getenv(", "env(", "env%28", "getenv(", "env.", "env[", "system.getenv(", "config[", "config.", "settings.", "secrets.", "vault:secret/", "vault%3a", "vault:kv/", "ssm:/", "arn:aws:secretsmanager:", "!ref", "!sub", "!vault", "!getatt", "!secret",
	"!importvalue", "#{", "<%", "@microsoft.keyvault(", "op://", "var.", "data.", "module.", "local.", "local-exec", "lookup(", "ref+", "secretkeyref", "valuefrom",
}

// isReference tells whether a value, which may stand in quotes, says where the secret is.
func isReference(v []byte) bool {
	switch v[0] | 0x20 { // most letters begin none
	case 'p', 'o', 'e', 'g', 's', 'c', 'v', 'a', '!' | 0x20, '#' | 0x20, '<' | 0x20, '@' | 0x20, 'd', 'm', 'l', 'r':
	default:
		return isEncodedTemplate(v)
	}
	for _, r := range references {
		if hasPrefixFold(v, r) && (r[0] != '!' || len(v) == len(r) || v[len(r)] == ' ') {
			return endsReference(v, len(r))
		}
	}
	return false
}

// endsReference tells whether the rest of a reference is one of names: with few digits, as secrets have more.
func endsReference(v []byte, i int) bool {
	digits := 0
	for _, c := range v[i:] {
		if isDigit(c) {
			digits++
		}
	}
	return digits <= 2*maxDigits
}

// isEncodedTemplate tells whether a value is a template whose first byte is escaped: in a URL, in XML, or in JSON that is careful about HTML.
func isEncodedTemplate(v []byte) bool {
	switch v[0] {
	case '%':
		for _, first := range []string{"%3c", "%24%7b", "%24%28", "%7b%7b", "%23%7b", "%25(", "%21ref", "%21vault"} { // <x>, ${x}, $(x), {{x}}, #{x}, %(x)s
			if hasPrefixFold(v, first) {
				return true
			}
		}
		return len(v) == 4 && hasPrefix(v, "%25") && isLetter(v[3])
	case '&':
		return hasPrefix(v, "&lt;") && len(v) > 8 && hasPrefix(v[len(v)-4:], "&gt;")
	case '\\':
		return hasPrefixFold(v, `\u003c`) && len(v) > 12 && hasPrefixFold(v[len(v)-6:], `\u003e`)
	}
	return false
}
