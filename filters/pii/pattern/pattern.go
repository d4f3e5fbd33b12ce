// Package pattern makes detectors of regular expressions for package pii. It is a package of its own since regexp is slow and large: an expression is
// tried only where a literal stands that all its matches have, on a bounded piece of text around it.
package pattern

import (
	"errors"
	"regexp"
	"strings"

	"github.com/libnasp/libnasp/filters/pii"
)

// reach is how far before and behind the literal a match may go, in bytes.
const reach = 256

// Detector returns a detector of what matches expr, in RE2 syntax. literal is what stands in every match, at least three bytes, in any case of letters; it is also
// what costs: choose one that is rare. If expr has a group, the finding is what the first one matches. name is Finding.Reason.
func Detector(name, expr, literal string) (pii.CustomDetector, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return pii.CustomDetector{}, errors.New("pattern: " + err.Error())
	}
	if re.MatchString("") {
		return pii.CustomDetector{}, errors.New("pattern: " + expr + " matches nothing at all too: it would be found everywhere")
	}
	literal = strings.ToLower(literal)
	return pii.CustomDetector{Reason: name, Literal: literal, Match: func(text []byte, i int) (start, end int, ok bool) {
		return find(re, text, i, len(literal))
	}}, nil
}

// find returns the match in text that has the literal at i, or what its first group matches.
func find(re *regexp.Regexp, text []byte, i, n int) (start, end int, ok bool) {
	from := max(0, i-reach)
	window := text[from:min(len(text), i+n+reach)]
	for at := 0; at <= i-from; {
		m := re.FindSubmatchIndex(window[at:])
		if m == nil || at+m[0] > i-from {
			return 0, 0, false
		}
		if at+m[1] >= i-from+n {
			if len(m) > 2 && m[2] >= 0 {
				m = m[2:]
			}
			return from + at + m[0], from + at + m[1], true
		}
		at += max(m[1], m[0]+1)
	}
	return 0, 0, false
}
