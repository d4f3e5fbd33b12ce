package main

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// versionSet holds the versions 0 to 63 as bits.
type versionSet uint64

const allVersions = ^versionSet(0)

// parseVersions reads "none", "3", "1-4" or "2+".
func parseVersions(s string) (versionSet, error) {
	s = strings.TrimSpace(s)
	if s == "none" || s == "" {
		return 0, nil
	}
	if from, open := strings.CutSuffix(s, "+"); open {
		n, err := strconv.Atoi(from)
		if err != nil || n < 0 || n > 63 {
			return 0, fmt.Errorf("bad versions %q", s)
		}
		return allVersions << n, nil
	}
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || a < 0 || b < a || b > 62 {
		return 0, fmt.Errorf("bad versions %q", s)
	}
	return allVersions << a &^ (allVersions << (b + 1)), nil
}

func (s versionSet) min() int { return bits.TrailingZeros64(uint64(s)) }
func (s versionSet) max() int { return 63 - bits.LeadingZeros64(uint64(s)) }

// contiguous tells whether s is one range without holes.
func (s versionSet) contiguous() bool {
	return s != 0 && bits.OnesCount64(uint64(s)) == s.max()-s.min()+1
}

// list returns the versions for people: "0", "0-4", "1-2, 5".
func (s versionSet) list() string {
	var parts []string
	for s != 0 {
		from := s.min()
		to := from
		for s>>(to+1)&1 != 0 {
			to++
		}
		part := strconv.Itoa(from)
		if to > from {
			part += "-" + strconv.Itoa(to)
		}
		parts = append(parts, part)
		s &^= allVersions << from &^ (allVersions << (to + 1))
	}
	return strings.Join(parts, ", ")
}

// cond returns the Go condition on the version v under which it is in s, when
// only versions of context can occur.
func cond(s, context versionSet) string {
	s &= context
	switch {
	case s == 0:
		return "false"
	case s == context:
		return "true"
	}
	lo, hi := s.min(), s.max()
	fill := allVersions << lo
	if hi < 63 {
		fill &^= allVersions << (hi + 1)
	}
	if fill&context != s {
		return condRanges(s, context)
	}
	switch {
	case hi == context.max():
		return fmt.Sprintf("v >= %d", lo)
	case lo == context.min():
		return fmt.Sprintf("v <= %d", hi)
	case lo == hi:
		return fmt.Sprintf("v == %d", lo)
	}
	return fmt.Sprintf("v >= %d && v <= %d", lo, hi)
}

// condRanges joins the ranges of s one by one.
func condRanges(s, context versionSet) string {
	var parts []string
	for s != 0 {
		from := s.min()
		to := from
		for s>>(to+1)&1 != 0 || (context>>(to+1)&1 == 0 && s>>(to+1) != 0) {
			to++
		}
		parts = append(parts, fmt.Sprintf("v >= %d && v <= %d", from, to))
		s &^= allVersions << from &^ (allVersions << (to + 1))
	}
	return strings.Join(parts, " || ")
}
