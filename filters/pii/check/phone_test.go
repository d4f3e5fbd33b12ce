package check

import (
	"bufio"
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/phones.txt
var phoneNumbers string

// TestPhoneMetadata compares with libphonenumber: which numbers are given out, and that all examples are found as people there write them.
func TestPhoneMetadata(t *testing.T) {
	var seen, likely int
	for lines := bufio.NewScanner(strings.NewReader(phoneNumbers)); lines.Scan(); {
		fields := bytes.Split(lines.Bytes(), []byte("\t"))
		switch kind := string(fields[0]); kind {
		case "valid", "invalid":
			code, err := strconv.Atoi(string(fields[1]))
			if err != nil {
				t.Fatal(err)
			}
			values(fields[2])
			if got := PhoneValid(code, fields[2]); got != (kind == "valid") {
				t.Errorf("PhoneValid(%d, %v) = %v", code, fields[2], got)
			}
		case "international":
			if n, score := Phone(fields[1]); score < PhoneLikely || n != len(fields[1]) {
				t.Errorf("Phone(%q) = %d, %d", fields[1], n, score)
			}
		default:
			n, score := Phone(fields[1])
			if score == PhoneNone && len(fields[1]) > 6 || score != PhoneNone && n != len(fields[1]) {
				t.Logf("Phone(%q) = %d, %d", fields[1], n, score)
			}
			seen++
			likely += bit(score >= PhoneLikely)
		}
	}
	t.Logf("%d of %d examples written as in their country are found without context", likely, seen)
	if seen < 400 || likely*100 < seen*55 {
		t.Errorf("only %d of %d", likely, seen)
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct {
		text  string
		n     int
		score int
	}{
		{"+49 30 123456", 13, PhoneSure}, {"+493012345678", 13, PhoneSure}, {"+1 (555) 123-4567", 17, PhoneLikely}, {"+1-555-123-4567x123", 19, PhoneLikely},
		{"+44 (0)20 7946 0958", 19, PhoneSure}, {"+49 (0) 2436 890898", 19, PhoneSure}, {"+(370) 87768007", 15, PhoneLikely}, {"(+57)3044854907", 15, PhoneSure},
		{"+995 (866) 049 044", 18, PhoneLikely}, {"0049 30 12345678", 16, PhoneSure}, {"001-940-648-3111x65", 19, PhoneSure}, {"011 44 20 7946 0958", 19, PhoneSure},
		{"(555) 123-4567", 14, PhoneSure}, {"(555)123-4567", 13, PhoneSure}, {"555-123-4567", 12, PhoneLikely}, {"555.123.4567", 12, PhoneLikely}, {"212 555 0123", 12, PhoneLikely},
		{"1-800-555-0199", 14, PhoneLikely}, {"1 (504) 804-6055", 16, PhoneSure}, {"8 (495) 123-45-67", 17, PhoneLikely}, {"8-903-123-45-67", 15, PhoneLikely},
		{"030 123456", 10, PhoneLikely}, {"030/123456", 10, PhoneLikely}, {"01 23 45 67 89", 14, PhoneSure}, {"01.23.45.67.89", 14, PhoneSure}, {"020 7946 0958", 13, PhoneSure},
		{"(020) 7946 0958", 15, PhoneLikely}, {"090-1234-5678", 13, PhoneSure}, {"0412 345 678", 12, PhoneSure}, {"11 98765-4321", 13, PhoneLikely}, {"(11) 98765-4321", 15, PhoneLikely},
		{"612 34 56 78", 12, PhoneLikely}, {"0532 123 45 67", 14, PhoneSure}, {"079 123 45 67", 13, PhoneSure}, {"08-257 78 29", 12, PhoneLikely}, {"06-10/371-3534", 14, PhoneWeak},
		{"732 878 860", 11, PhoneFair}, {"9801-5558", 9, PhoneWeak}, {"5551234567", 10, PhoneWeak}, {"23 56 85 16", 11, PhoneWeak},
		{"555-123-4567 ext. 12", 20, PhoneLikely}, {"555-123-4567, ext 12", 20, PhoneLikely}, {"5551234567x123", 14, PhoneLikely},
		{"555-123-4567 12 items", 12, PhoneLikely}, {"+49 30 123456 2024-01-01", 13, PhoneSure}, {"555-123-4567.", 12, PhoneLikely},
		{"+33\u00a01\u00a023\u00a045\u00a067\u00a089", 22, PhoneSure}, {"555\u2011123\u20114567", 16, PhoneLikely},
	} {
		if n, score := Phone([]byte(c.text)); n != c.n || score < c.score {
			t.Errorf("Phone(%q) = %d, %d, want %d, %d", c.text, n, score, c.n, c.score)
		}
	}
}

// TestNoPhone: what is something else scores below the limit, where PhoneWeak still needs a word that says what it is.
func TestNoPhone(t *testing.T) {
	for text, limit := range map[string]int{
		"2024-01-15": PhoneNone, "2024-01-15 10:11:12": PhoneNone, "15.01.2024": PhoneNone, "01/15/2024": PhoneNone, "20240115 123456": PhoneNone, "15 01 2024": PhoneNone,
		"1705312345678": PhoneWeak, "1705312345": PhoneWeak, "0.123456789": PhoneNone, "123.456789": PhoneNone, "+1.23456789": PhoneNone, "3.14159265": PhoneNone,
		"1.234.567.890": PhoneNone, "192.168.100.200": PhoneNone, "10.0.0.1": PhoneNone, "1.2.3.4": PhoneNone, "4111 1111 1111 1111": PhoneNone, "4111-1111-1111-1111": PhoneNone,
		"123-45-6789": PhoneNone, "550e8400-e29b-41d4": PhoneNone, "12345678-1234-1234": PhoneWeak, "1,234,567": PhoneNone, "0000000000": PhoneNone, "000-000-0000": PhoneNone,
		"123456": PhoneNone, "12:34:56": PhoneNone, "2023-2024": PhoneNone, "1999 2000 2001": PhoneWeak, "100 200 300": PhoneFair, "555-123-4567-89": PhoneWeak, "555-123-45678": PhoneFair,
		"1234567890123456789": PhoneNone, "555-1234-abc": PhoneNone, "5551234567@example": PhoneNone, "12345678.5": PhoneNone, "978-3-16-148410-0": PhoneWeak, "(2019) 123456": PhoneWeak,
		"+0530": PhoneNone, "+00:00": PhoneNone, "800x600": PhoneNone, "1920x1080": PhoneNone, "1111-1111": PhoneNone, "12 34": PhoneNone, "(1": PhoneNone, "(123": PhoneNone, "+": PhoneNone,
	} {
		if n, score := Phone([]byte(text)); score > limit {
			t.Errorf("Phone(%q) = %d, %d, want at most %d", text, n, score, limit)
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"", "+", "+(", "(0)1", "+49 (0) 30 123456 ext. 12", "1 2 3 4 5 6 7 8 9", "(((", "555\u2011123\u20114567", "123456789012345678901234567890"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, score := Phone(b)
		if n < 0 || n > len(b) || n > MaxPhone || (n == 0) != (score == PhoneNone) {
			t.Fatalf("Phone(%q) = %d, %d", b, n, score)
		}
		digits := 0
		for _, c := range b[:n] {
			digits += bit(isDigit(c))
		}
		if n > 0 && digits < 6 {
			t.Errorf("Phone(%q) = %d, %d", b, n, score)
		}
	})
}
