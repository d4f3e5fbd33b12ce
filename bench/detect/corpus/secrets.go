package corpus

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"
)

func init() {
	makers := map[string]func(g gen) string{}
	for name, fn := range tokens {
		makers["token-"+name] = fn
	}
	makers["token"] = func(g gen) string { return tokens[pick(g, tokenNames)](g) }
	makers["password"] = password
	makers["weak"] = weak
	makers["opaque"] = opaque
	makers["basic"] = func(g gen) string { return base64.StdEncoding.EncodeToString([]byte(user(g) + ":" + password(g))) }
	makers["bearer"] = func(g gen) string {
		return pick(g, []func(g gen) string{opaque, jwt, func(g gen) string { return g.chars(alnum+"-_", 43) }})(g)
	}
	makers["urlpass"] = func(g gen) string { return g.chars(alnum+"-_.!", g.between(6, 20)) }
	makers["aws-secret"] = func(g gen) string { return g.chars(alnum+"/+", 40) }
	makers["azure-key"] = func(g gen) string { return base64.StdEncoding.EncodeToString([]byte(g.chars(alnum, 64))) }
	makers["cookie"] = func(g gen) string { return g.chars(alnum+"-_", g.between(20, 60)) }
	makers["pem"] = pem
	makers["pem-escaped"] = func(g gen) string { return strings.ReplaceAll(pem(g), "\n", `\n`) }
	add(Secret, makers)
}

// tokens are forms that services document for their credentials, and that scanners of secrets know.
var tokens = map[string]func(g gen) string{
	"aws-id": func(g gen) string {
		return pick(g, []string{"AKIA", "ASIA", "ABIA", "ACCA"}) + g.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
	},
	"github":     github,
	"github-pat": func(g gen) string { return "github_pat_" + g.chars(alnum, 22) + "_" + g.chars(alnum, 59) },
	"gitlab":     func(g gen) string { return "glpat-" + g.chars(alnum+"-_", 20) },
	"slack": func(g gen) string {
		return fmt.Sprintf("xoxb-%s-%s-%s", g.chars(digits, 12), g.chars(digits, 13), g.chars(alnum, 24))
	},
	"slack-user": func(g gen) string {
		return "xoxp-" + g.chars(digits, 12) + "-" + g.chars(digits, 12) + "-" + g.chars(digits, 12) + "-" + g.chars(hexLower, 32)
	},
	"slack-app": func(g gen) string {
		return "xapp-1-A" + g.chars(upper+digits, 10) + "-" + g.chars(digits, 13) + "-" + g.chars(hexLower, 64)
	},
	"slack-hook": func(g gen) string {
		return "https://hooks.slack.com/services/T" + g.chars(upper+digits, 8) + "/B" + g.chars(upper+digits, 8) + "/" + g.chars(alnum, 24)
	},
	"stripe": func(g gen) string {
		return pick(g, []string{"sk_live_", "rk_live_", "sk_test_"}) + g.chars(alnum, pick(g, []int{24, 99}))
	},
	"google":      func(g gen) string { return "AIza" + g.chars(alnum+"-_", 35) },
	"npm":         func(g gen) string { return "npm_" + g.chars(alnum, 36) },
	"pypi":        func(g gen) string { return "pypi-AgEIcHlwaS5vcmc" + g.chars(alnum+"-_", 70) },
	"openai":      func(g gen) string { return "sk-" + g.chars(alnum, 20) + "T3BlbkFJ" + g.chars(alnum, 20) },
	"openai-proj": func(g gen) string { return "sk-proj-" + g.chars(alnum+"-_", 48) },
	"anthropic":   func(g gen) string { return "sk-ant-api03-" + g.chars(alnum+"-_", 93) + "AA" },
	"sendgrid":    func(g gen) string { return "SG." + g.chars(alnum+"-_", 22) + "." + g.chars(alnum+"-_", 43) },
	"mailgun":     func(g gen) string { return "key-" + g.chars(hexLower, 32) },
	"mailchimp":   func(g gen) string { return g.chars(hexLower, 32) + fmt.Sprintf("-us%d", g.between(1, 20)) },
	"shopify": func(g gen) string {
		return pick(g, []string{"shpat_", "shpss_", "shpca_", "shppa_"}) + g.chars(hexLower, 32)
	},
	"huggingface":  func(g gen) string { return "hf_" + g.chars(alnum, 34) },
	"databricks":   func(g gen) string { return "dapi" + g.chars(hexLower, 32) },
	"digitalocean": func(g gen) string { return pick(g, []string{"dop_v1_", "doo_v1_"}) + g.chars(hexLower, 64) },
	"vault":        func(g gen) string { return "hvs." + g.chars(alnum+"-_", 95) },
	"grafana":      func(g gen) string { return "glsa_" + g.chars(alnum, 32) + "_" + g.chars(hexLower, 8) },
	"sentry":       func(g gen) string { return "sntryu_" + g.chars(hexLower, 64) },
	"heroku":       func(g gen) string { return "HRKU-AA" + g.chars(alnum+"-_", 58) },
	"newrelic":     func(g gen) string { return "NRAK-" + g.chars(upper+digits, 27) },
	"postman":      func(g gen) string { return "PMAK-" + g.chars(hexLower, 24) + "-" + g.chars(hexLower, 34) },
	"telegram":     func(g gen) string { return g.pattern("%#########") + ":AA" + g.chars(alnum+"-_", 33) },
	"age":          func(g gen) string { return "AGE-SECRET-KEY-1" + g.chars("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58) },
	"jwt":          jwt,
	"square":       func(g gen) string { return "sq0atp-" + g.chars(alnum+"-_", 22) },
	"discord-hook": func(g gen) string {
		return "https://discord.com/api/webhooks/" + g.chars(digits, 18) + "/" + g.chars(alnum+"-_", 68)
	},
	"atlassian":   func(g gen) string { return "ATATT3xFfGF0" + g.chars(alnum+"-_=", 180) },
	"linear":      func(g gen) string { return "lin_api_" + g.chars(alnum, 40) },
	"dockerhub":   func(g gen) string { return "dckr_pat_" + g.chars(alnum+"-_", 27) },
	"doppler":     func(g gen) string { return "dp.pt." + g.chars(alnum, 43) },
	"figma":       func(g gen) string { return "figd_" + g.chars(alnum+"-_", 40) },
	"planetscale": func(g gen) string { return "pscale_tkn_" + g.chars(alnum+"-_.", 43) },
	"rubygems":    func(g gen) string { return "rubygems_" + g.chars(hexLower, 48) },
	"pulumi":      func(g gen) string { return "pul-" + g.chars(hexLower, 40) },
	"airtable":    func(g gen) string { return "pat" + g.chars(alnum, 14) + "." + g.chars(hexLower, 64) },
	"terraform":   func(g gen) string { return g.chars(alnum, 14) + ".atlasv1." + g.chars(alnum, 67) },
	"notion":      func(g gen) string { return "ntn_" + g.chars(digits, 11) + g.chars(alnum, 35) },
	"groq":        func(g gen) string { return "gsk_" + g.chars(alnum, 52) },
	"replicate":   func(g gen) string { return "r8_" + g.chars(alnum, 37) },
	"perplexity":  func(g gen) string { return "pplx-" + g.chars(alnum, 48) },
}

var tokenNames = sortedKeys(tokens)

// github makes a token whose last six characters are the CRC-32 of the others in base 62.
func github(g gen) string {
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body := g.chars(alnum, 30)
	sum := crc32.ChecksumIEEE([]byte(body))
	var check [6]byte
	for i := range check {
		check[5-i] = base62[sum%62]
		sum /= 62
	}
	return pick(g, []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}) + body + string(check[:])
}

func jwt(g gen) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(pick(g, []string{`{"alg":"HS256","typ":"JWT"}`, `{"typ":"JWT","alg":"RS256","kid":"1"}`, `{"alg":"ES256"}`}))) + "." +
		b64([]byte(fmt.Sprintf(`{"sub":"%s","iat":%s}`, g.chars(digits, 10), g.pattern("17########")))) + "." + g.chars(alnum+"-_", 43)
}

// weak passwords are what people choose.
func weak(g gen) string {
	return pick(g, []string{"hunter2", "letmein", "changeit!", "s3cr3t", "Summer2024!", "correct-horse-battery-staple", "p@ssw0rd", "qwerty123", "admin123", "Welcome1", "dragon", "monkey99", "trustno1", "iloveyou", "Passw0rd!", "toor", "swordfish", "abc123xyz"})
}

func password(g gen) string {
	switch g.IntN(5) {
	case 0:
		return weak(g)
	case 1:
		return g.chars(alnum, g.between(8, 24))
	case 2:
		return pick(g, []string{"Blue", "Tiger", "Sommer", "Rocket", "verde"}) + g.chars("!#$%-_.", 1) + g.chars(digits, 4)
	case 3:
		return g.chars(lower, 5) + "-" + g.chars(lower, 6) + "-" + g.chars(digits, 2)
	}
	return g.chars(alnum+"!@#$%^*-_+.", g.between(10, 24))
}

// opaque is what services call a key, a token or a secret without a form of their own.
func opaque(g gen) string {
	switch g.IntN(5) {
	case 0:
		return g.chars(hexLower, pick(g, []int{32, 40, 64}))
	case 1:
		return base64.StdEncoding.EncodeToString([]byte(g.chars(alnum, g.between(16, 40))))
	case 2:
		return g.chars(hexLower, 8) + "-" + g.chars(hexLower, 4) + "-4" + g.chars(hexLower, 3) + "-a" + g.chars(hexLower, 3) + "-" + g.chars(hexLower, 12)
	case 3:
		return g.chars(alnum+"-_", g.between(20, 44))
	}
	return g.chars(alnum, g.between(16, 40))
}

func pem(g gen) string {
	label := pick(g, []string{"RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY"})
	body := "MII" + g.chars(alnum+"+/", 64*g.between(3, 14)+g.between(0, 60)) + "="
	return "-----BEGIN " + label + "-----\n" + group(body, 64, "\n") + "\n-----END " + label + "-----"
}
