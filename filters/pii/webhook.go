package pii

import "github.com/libnasp/libnasp/filters/yield"

// URLs whose path is the secret: whoever knows it may post.

var _ = register(detector{kind: Secret, reason: "webhook URL", words: []string{
	"hooks.slack.com/", ".webhook.office.com/webhook", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "hooks.zapier.com/hooks/catch/", "chat.googleapis.com/v1/spaces/",
}, literal: webhook})

func webhook(t *text, i, n int) {
	end := i + n
	for stop := min(len(t.b), end+maxUserinfo); end < stop && (isAlnum(t.b[end]) || contains("/-_@.?=&%+", t.b[end])); end++ {
	}
	t.work += end - i
	yield.After(byteWork * (end - i))
	start := i + n
	for at(t.b, end-1) == '.' {
		end--
	}
	if end-start >= 20 {
		t.add(start, end, 95)
	}
}

// The signature of a shared access signature (Azure): ?sv=…&sig=….
var _ = register(detector{kind: Secret, reason: "shared access signature", words: []string{"?sig=", "&sig="}, literal: func(t *text, i, n int) {
	end := i + n
	for stop := min(len(t.b), end+maxUserinfo); end < stop && (isAlnum(t.b[end]) || contains("%+/=-_", t.b[end])); end++ {
	}
	t.work += end - i
	yield.After(byteWork * (end - i))
	if end-i-n >= 20 {
		t.add(i+n, end, 92)
	}
}})

// Client secrets of Entra ID: three bytes, a digit, "Q~", and 31 to 34 more.
var _ = register(detector{kind: Secret, reason: "Azure client secret", prefixes: []string{"0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"}, literal: func(t *text, i, n int) {
	in := func(c byte) bool { return isAlnum(c) || contains("_~.-", c) }
	start, end := i-3, i+n
	for stop := min(len(t.b), end+40); end < stop && in(t.b[end]); end++ {
	}
	t.work += 40
	if size := end - i - n; size >= 30 && size <= 36 && start >= t.claimed && in(t.b[start]) && in(t.b[start+1]) && in(t.b[start+2]) && random(t.b[i+n:end], false) {
		t.add(start, end, 95)
	}
}})

// Tokens that begin with a number: of Telegram's bots, and of Facebook's apps.
var _ = register(detector{kind: Secret, reason: "Telegram bot token", number: numberedToken, digits: span{8, 10}, forms: bareForm, behind: ":"})
var _ = register(detector{kind: Secret, reason: "Facebook app token", number: numberedToken, digits: span{15, 16}, forms: bareForm, behind: "|"})

func numberedToken(t *text, n *number) {
	const urlSet = 1 << 5
	switch c := at(t.b, n.end); {
	case c == ':' && n.digits <= 10 && at(t.b, n.end+1) == 'A':
		if end := t.runOf(n.end+1, urlSet, 48); end-n.end-1 == 35 && random(t.b[n.end+2:end], true) {
			t.add(n.start, end, 92)
		}
	case c == '|' && n.digits >= 15:
		if end := t.runOf(n.end+1, urlSet, 48); end-n.end > 27 && end-n.end < 42 && random(t.b[n.end+1:end], false) {
			t.add(n.start, end, 90)
		}
	}
}

// Tokens of Discord's bots: the base64 of an id, which begins with M, N or O, a time, and a signature.
var _ = register(detector{kind: Secret, reason: "Discord bot token", word: func(t *text, w *word) {
	if c := t.b[w.start]; c < 'M' || c > 'O' || at(t.b, w.end) != '.' {
		return
	}
	const urlSet = 1 << 5
	middle := t.runOf(w.end+1, urlSet, 48)
	if end := t.runOf(middle+1, urlSet, 48); middle-w.end == 7 && at(t.b, middle) == '.' && end-middle > 27 && end-middle < 40 {
		t.add(w.start, end, 93)
	}
}, length: span{24, 28}})

// Words of hexadecimal digits with a mark: account and key ids of Twilio, keys of Mailchimp.
var _ = register(detector{kind: Secret, reason: "Twilio key", word: func(t *text, w *word) {
	v := t.b[w.start:w.end]
	if v[0] == 'S' && v[1] == 'K' && isAllHex(v[2:]) && random(v[2:], false) {
		t.add(w.start, w.end, 85)
	}
}, length: span{34, 34}})

var _ = register(detector{kind: Secret, reason: "Mailchimp key", word: func(t *text, w *word) {
	end := digitsEnd(t.b, w.end+3, 2)
	if hasPrefix(t.b[w.end:], "-us") && end > w.end+3 && isAllHex(t.b[w.start:w.end]) && random(t.b[w.start:w.end], false) {
		t.add(w.start, end, 92)
	}
}, length: span{32, 32}})

func isAllHex(v []byte) bool {
	for _, c := range v {
		if !isHex(c) {
			return false
		}
	}
	return true
}
