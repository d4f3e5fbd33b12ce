package pii

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// tokenOf makes a token of a row of tokenForms: bytes of its set behind its prefix.
func tokenOf(r *rand.Rand, row string) string {
	prefix, rest, _ := strings.Cut(row, " ")
	form, _, _ := strings.Cut(rest, " ")
	n := 0
	for _, c := range form[1:] {
		if isDigit(byte(c)) {
			n = 10*n + int(c-'0')
		}
	}
	set := map[byte]string{'w': "aB3dE5gH7jK9", 'h': "0a1b2c3d4e5f", 'H': "0aB2c3D4e5F6", 'u': "A2B3C4D5E6F7", 'b': "aB3/dE5+gH7jK9", 's': "aB3-dE5_gH7jK9", 'e': "aB3-dE5.gH7_jK9"}[form[0]]
	b := []byte(prefix)
	for i, start := 0, r.IntN(len(set)); i < n; i++ {
		b = append(b, set[(start+i)%len(set)])
	}
	return string(b)
}

// TestTokens: a token of each row is found by itself and behind what may stand before it, a placeholder of the same form isn't, nor is a part of a longer word.
func TestTokens(t *testing.T) {
	e := newEngine(t, Secret)
	r := rand.New(rand.NewPCG(21, 22))
	for _, row := range tokenForms {
		token := tokenOf(r, row)
		if strings.HasPrefix(token, "sntrys_") {
			token += "_" + strings.Repeat("aB3", 14)
		}
		for _, around := range []string{"⟦%⟧", "use ⟦%⟧ now", `{"x":"⟦%⟧"}`, "(⟦%⟧)", `x\n⟦%⟧\n`, "a,⟦%⟧,b"} {
			checkAll(t, e, []example{example(strings.ReplaceAll(around, "%", token))})
		}
		prefix, _, _ := strings.Cut(row, " ")
		for _, none := range []string{prefix, prefix + strings.Repeat("x", len(token)-len(prefix)), "my" + token} {
			if f := e.Find(nil, []byte(none)); len(f) != 0 {
				t.Errorf("%v in %q", f, none)
			}
		}
	}
}

func TestKnownSecrets(t *testing.T) {
	checkAll(t, newEngine(t, Secret), []example{
		"⟦AKIAIOSFODNN7EXAMPL2⟧", "key ⟦ASIA2B3C4D5E6F7G2H3I⟧, secret ⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYzq8Y3kVd7A⟧", "AKIAIOSFODNN7EXAMPL", "xAKIAIOSFODNN7EXAMPL2", "AKIAXXXXXXXXXXXXXXXX",
		"⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl⟧", "⟦eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0⟧ x", "eyJhbGciOiJIUzI1NiJ9", "eyJAAAA.eyJBBBBBBBB.c", "eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxIn0.c2ln",
		"⟦-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA75jXqJ12345\n-----END RSA PRIVATE KEY-----⟧ x", `"⟦-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA75jXqJ12345\n-----END PRIVATE KEY-----⟧\n"`,
		"⟦-----BEGIN EC PRIVATE KEY-----\nMIIEowIBAAKCAQEA75jXqJ12345⟧", "-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEA75jXqJ12345\n-----END PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA75jXqJ12345\n", "-----BEGIN PRIVATE KEY-----",
		"https://hooks.slack.com/⟦services/T0DCUJB1Q/B0DD08H5G/bJtrpFi1fO1JMCcwLx8uZyAg⟧", "https://hooks.slack.com/", "?sv=2020&sig=⟦bJtrpFi1fO1JMCcwLx8uZyAg%2Bx%3D⟧&x=1", "⟦aB38Q~bJtrpFi1fO1JMCcwLx8uZyAg-9x.y_z1⟧",
		"⟦110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw⟧", "12:34:56", "⟦MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs⟧", "⟦SK0a1b2c3d4e5f60718293a4b5c6d7e8f9⟧", "⟦0a1b2c3d4e5f60718293a4b5c6d7e8f9-us12⟧",
		"0a1b2c3d4e5f60718293a4b5c6d7e8f9", "4bf92f3577b34da6a3ce929d0e0e4736", "task-runner", "disk-usage", "msg.size=3", "hf_requiredCharacteristicTypes",
	})
}

// TestSecretForms: how values are assigned in programs, configurations and sentences.
func TestSecretForms(t *testing.T) {
	checkAll(t, newEngine(t, Secret), []example{
		`$apiToken .= "⟦abc⟧"`, `API_TOKEN ::= "⟦abc⟧"`, `API_TOKEN :::= "⟦abc⟧"`, `API_TOKEN ?= "⟦abc⟧"`, `var apiToken string = "⟦abc⟧"`, `System.setProperty("API_TOKEN", "⟦abc⟧")`, `char password[20] = "⟦abc⟧";`,
		"my password is ⟦hunter2⟧", "my password is ⟦swordfish⟧.", "the password is: ⟦Tr0ub4dor⟧", "password set to '⟦abc⟧'", "the password is incorrect", "the token is expired", "password is required", "the token is base64 encoded", "the password is wrong.",
		"mysql --password ⟦hunter2⟧ db", "x --token=⟦abc⟧", "x --api-key '⟦abc⟧'", "--password is required", "-Password ⟦abc⟧", "use --password <password>", "--password-stdin x",
		"ALTER USER u PASSWORD '⟦abc⟧'", "password: |\n  ⟦abc⟧\n", "password: >-\n  ⟦abc⟧\nx: y", "- name: DB_PASSWORD\n  value: ⟦abc⟧\n", "<apiToken>\n  ⟦abc⟧\n</apiToken>", "unexpected token '<'",
		"softlayer-key: ⟦abcd1234efgh5678ijkl9012mnop⟧", "cache_key: abcd1234efgh5678ijkl9012mnop", "primary_key=abcd1234efgh5678ijkl9012mnop", "sort_key: name", "db_pw=⟦abc⟧",
		"credentialsId: 'f4aeb6bc-2a25-458a-8111-9be9e502c0e7'", "password=ENC[abcdef]", "fakeToken=abc", "token=your_token_here", "secretKey: api-key", "password=password", "$password = $input;", "io.jsonwebtoken:jjwt-api:0.11.2", "SECRET=`get secret`",
		"apikey := \"⟦{{h}o)p${e]nob(ody[finds>-_$#thisone}}⟧\"", "token=abcdefghijklmnopqrstuvwxyz",
	})
}
