package pii

import (
	"math/bits"

	"github.com/libnasp/libnasp/filters/yield"
)

// Tokens that services mark by a prefix of their own. A row of tokenForms has the prefix, which bytes follow it and how many at least, and whose token it
// is. Sources: the services' documentation, and the announcements of their secret scanning partnerships.
//
// Sets: w letters and digits, h hexadecimal digits, H those in any case, u capital letters and digits, b base64, s base64 for URLs, e those with '.' and '='.
// A '+' behind the set wants digits and letters both, for prefixes that words have, too; '=' wants exactly that many.
var tokenForms = []string{
	"ghp_ w36 GitHub token", "gho_ w36 GitHub token", "ghu_ w36 GitHub token", "ghs_ w36 GitHub token", "ghr_ w36 GitHub token", "github_pat_ s60 GitHub token",
	"glpat- s20 GitLab token", "gldt- s20 GitLab token", "glft- s20 GitLab token", "glimt- s25 GitLab token", "glrt- s20 GitLab token", "glptt- h40 GitLab token",
	"glffct- s20 GitLab token", "glcbt- s20 GitLab token", "glagent- s50 GitLab token", "gloas- s64 GitLab token", "glsoat- s20 GitLab token", "glwt- s20 GitLab token",
	"GR1348941 s20 GitLab token",
	"xoxb- s+20 Slack token", "xoxp- s+24 Slack token", "xoxa- s+8 Slack token", "xoxr- s+8 Slack token", "xoxs- s+10 Slack token", "xoxo- s+10 Slack token",
	"xoxe- s+40 Slack token", "xoxe.xox e+40 Slack token", "xapp- s+20 Slack token",
	"sk_live_ w10 Stripe key", "sk_test_ w10 Stripe key", "sk_prod_ w10 Stripe key", "rk_live_ w10 Stripe key", "rk_test_ w10 Stripe key", "rk_prod_ w10 Stripe key",
	"whsec_ b32 Stripe webhook secret",
	"AIza s=35 Google API key", "ya29. s30 Google access token", "GOCSPX- s20 Google client secret",
	"npm_ w36 npm token", "pypi-AgE s50 PyPI token", "rubygems_ h48 RubyGems key", "CLOJARS_ w60 Clojars token", "dckr_pat_ s20 Docker token",
	"sk-ant-api03- s80 Anthropic key", "sk-ant-admin01- s80 Anthropic key", "sk-ant-oat01- s80 Anthropic token", "sk-proj- s40 OpenAI key", "sk-svcacct- s40 OpenAI key", "sk-admin- s40 OpenAI key", "sk- w+40 OpenAI key",
	"pplx- w48 Perplexity key", "gsk_ w50 Groq key", "r8_ w37 Replicate token", "hf_ w=34 Hugging Face token", "api_org_ w=34 Hugging Face token",
	"SG. e66 SendGrid key", "key- h32 Mailgun key", "pubkey- h32 Mailgun key", "xkeysib- h64 Brevo key", "xsmtpsib- h64 Brevo key",
	"shpat_ H32 Shopify token", "shpss_ H32 Shopify token", "shpca_ H32 Shopify token", "shppa_ H32 Shopify token",
	"dapi h32 Databricks token", "dop_v1_ h64 DigitalOcean token", "doo_v1_ h64 DigitalOcean token", "dor_v1_ h64 DigitalOcean token",
	"hvs. s24 Vault token", "hvb. s100 Vault token", "hvr. s24 Vault token", "atlasv1. e60 Terraform token",
	"glsa_ s41 Grafana token", "glc_ b32 Grafana token", "eyJrIjoi b60 Grafana key",
	"sntrys_eyJ b60 Sentry token", "sntryu_ h=64 Sentry token", "HRKU-AA s50 Heroku key", "NRAK- w27 New Relic key", "NRJS- h19 New Relic key", "NRII- s32 New Relic key",
	"PMAK- s50 Postman key", "AGE-SECRET-KEY-1 u58 age key", "dp.pt. w40 Doppler token", "dp.st. e40 Doppler token", "dp.ct. w40 Doppler token",
	"dt0c01. e80 Dynatrace token", "duffel_test_ e43 Duffel token", "duffel_live_ e43 Duffel token", "EZAK w=54 EasyPost key", "EZTK w=54 EasyPost key",
	"FLWSECK_TEST- s12 Flutterwave key", "FLWPUBK_TEST- s32 Flutterwave key", "FLWSECK- s12 Flutterwave key", "fio-u- e64 Frame.io token",
	"fo1_ s43 Fly.io token", "fm1a_ b100 Fly.io token", "fm1r_ b100 Fly.io token", "fm2_ b100 Fly.io token", "ico- w+=32 Infracost key",
	"lin_api_ w40 Linear key", "lin_oauth_ w40 Linear token", "ntn_ w+=46 Notion token", "figd_ s36 Figma token", "pul- h40 Pulumi token", "pnu_ w36 Prefect key",
	"rdme_ w60 ReadMe key", "sgp_ H=40 Sourcegraph token", "sgp_ s=57 Sourcegraph token", "sgp_local_ H=40 Sourcegraph token", "shippo_live_ H40 Shippo token", "shippo_test_ H40 Shippo token", "sm_aat_ w=16 SettleMint token",
	"sm_pat_ w=16 SettleMint token", "sm_sat_ w=16 SettleMint token", "tk-us- s48 Scalingo token", "tfp_ e50 Typeform token", "AQVN s35 Yandex key",
	"p8e- w32 Adobe client secret", "LTAI w+16 Alibaba access key", "sq0atp- s22 Square token", "sq0csp- s40 Square secret", "EAAA s+50 Square token",
	"EAAC w100 Facebook token", "EAAM w100 Facebook token", "ATATT3 e100 Atlassian token", "ATCTT3 e100 Atlassian token", "ATBB w+32 Bitbucket password",
	"ABSK b100 Bedrock key", "bedrock-api-key- b30 Bedrock key", "AKCp w+10 Artifactory key", "cmVmdGtu w50 Artifactory token", "API- u+=26 Octopus Deploy key",
	"pscale_tkn_ e32 PlanetScale token", "pscale_oauth_ e32 PlanetScale token", "pscale_pw_ e32 PlanetScale password", "sha256~ s43 OpenShift token",
	"A3- s+28 1Password key", "ops_eyJ b150 1Password token", "v1.0- s100 Cloudflare key", "4b1d w+=38 ClickHouse key", "secret_ w+=43 Notion token",
	"s-s4t2 s60 42 client secret", "dnkey- s60 Defined Networking key", "sl. s130 Dropbox token", "pat- s+30 HubSpot token", "ddp_ w30 Datadog key", "AVNS_ s+18 Aiven password",
	"squ_ h40 SonarQube token", "sqp_ h40 SonarQube token", "sqa_ h40 SonarQube token", "cio_ w30 Customer.io key", "ZXlK b80 JWT in base64",
	"nfp_ w30 Netlify token", "vercel_ w+24 Vercel token", "sbp_ h40 Supabase token", "phc_ w40 PostHog key", "phx_ w40 PostHog key", "ctp_ s+30 Checkly token", "pk.eyJ e60 Mapbox token",
	"sk.eyJ e60 Mapbox token", "oy2 w+=43 NuGet key", "lip_ w+20 Lightning token", "xai- w+60 xAI key", "dG9rOi b30 base64 token",
}

// tokenSets are the sets of bytes by the letters of tokenForms, a bit for each.
var tokenSets = newTokenSets()

const tokenSetNames = "whHubse"

func newTokenSets() (t [256]uint8) {
	for c := range t {
		c := byte(c)
		for i, is := range []bool{isAlnum(c), isDigit(c) || c-'a' < 6, isHex(c), isDigit(c) || isUpper(c), isAlnum(c) || contains("+/", c), isAlnum(c) || contains("_-", c), isAlnum(c) || contains("_-.=", c)} {
			if is {
				t[c] |= 1 << i
			}
		}
	}
	return t
}

// tokenForm is a row of tokenForms.
type tokenForm struct {
	set          uint8
	least        int
	exact, mixed bool
}

var _ = registerTokens()

func registerTokens() bool {
	for _, row := range tokenForms {
		space := indexByte([]byte(row), ' ')
		prefix, rest := row[:space], row[space+1:]
		f := tokenForm{set: 1 << indexByte([]byte(tokenSetNames), rest[0])}
		for rest = rest[1:]; rest[0] != ' '; rest = rest[1:] {
			switch rest[0] {
			case '+':
				f.mixed = true
			case '=':
				f.exact = true
			default:
				f.least = f.least*10 + int(rest[0]-'0')
			}
		}
		register(detector{kind: Secret, reason: rest[1:], prefixes: []string{prefix}, literal: func(t *text, i, n int) { t.token(i, n, &f) }})
	}
	return true
}

// maxToken bounds how far a token is looked at, in bytes.
const maxToken = 2048

// token looks for the token whose prefix of n bytes begins at i.
func (t *text) token(i, n int, f *tokenForm) {
	b, start := t.alone(i)
	if !wordStarts(b, start) || contains(".+", at(b, start-1)) && start > 0 {
		return
	}
	if i+n < t.dead {
		return
	}
	end := t.run(i+n, f.set)
	v := t.b[i+n : end]
	if len(v) > maxPlaceholder {
		t.dead = end // if it is no token, none of the prefixes in it is one: they aren't looked at again and again
	}
	if len(v) < f.least || f.exact && len(v) != f.least || !random(v, f.mixed) || isPublicKey(t.b[i:end]) || hasWord(v[:min(len(v), maxPlaceholder)], "EXAMPLE") {
		return
	}
	for end < len(t.b) && t.b[end] == '=' && f.set&0x10 != 0 {
		end++
	}
	if c := at(t.b, end); c == '_' && f.set&0x10 != 0 { // Sentry's has a signature
		end = t.run(end+1, f.set)
	} else if hasPrefix(t.b[i:], "sntrys_") || hasPrefix(t.b[end:], "...") {
		return
	}
	t.add(i, end, 96)
}

// publicKeys are checksums (FNV-1a) of keys that are in a vendor's own public samples, which repeat in many texts: they unlock nothing.
var publicKeys = [...]uint32{0x965bd60a, 0x00d9b068, 0x0af7ca9d, 0x1751c16c, 0x1845a427, 0x4e1351cb, 0x6a41f911, 0x722ef8d0, 0x739ddd87, 0x8ee1d847, 0xaf8fab00, 0xb1887211, 0xb8782c2e, 0xc8a510e9, 0xf0951274, 0xf50c0e72}

func isPublicKey(v []byte) bool {
	h := uint32(2166136261)
	for _, c := range v {
		h = (h ^ uint32(c)) * 16777619
	}
	for _, k := range publicKeys {
		if k == h {
			return true
		}
	}
	return false
}

// run returns the end of the bytes of a set that begin at i.
func (t *text) run(i int, set uint8) int { return t.runOf(i, set, maxToken) }

// runOf is run for as many bytes at most.
func (t *text) runOf(i int, set uint8, most int) int {
	stop, from := min(len(t.b), i+most), i
	for i < stop && tokenSets[t.b[i]]&set != 0 {
		i++
	}
	t.work += i - from
	yield.After(byteWork * (i - from))
	return i
}

// random tells whether a value doesn't look like a placeholder: it isn't of few different bytes, nor has one of them again and again. mixed is for
// ones that must have digits and letters.
func random(v []byte, mixed bool) bool {
	var seen [4]uint64
	digits, letters, run := 0, 0, 0
	for i, c := range v {
		seen[c>>6] |= 1 << (c & 63)
		if isDigit(c) {
			digits++
		} else if isLetter(c) {
			letters++
		}
		if run++; i > 0 && c != v[i-1] {
			run = 1
		}
		if run > 6 && (run > 14 || !isDigit(c)) {
			return false
		}
	}
	different := 0
	for _, s := range seen {
		different += bits.OnesCount64(s)
	}
	return different >= min(len(v)/2, 7) && (!mixed || digits >= 2 && letters >= 2)
}
