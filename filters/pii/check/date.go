package check

const monthDays = "\x1f\x1d\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"

// isDay tells whether there is such a day in some year of that number modulo 100; a year of four digits is taken as it is.
func isDay(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 || day > int(monthDays[month-1]) {
		return false
	}
	return month != 2 || day < 29 || year%4 == 0 && (year%100 != 0 || year < 100 || year%400 == 0)
}

// BirthYear tells whether somebody alive may have been born in the year, which has four digits.
func BirthYear(year int) bool { return year >= 1900 && year <= 2035 }

// Date reads a date of numbers that b begins with: year, month and day, or day, month and year, or month, day and year, with the same separator
// ('-', '/', '.', ' ') in between. The year has four digits, or two if it comes last. It returns the number of bytes, 0 if there is none.
// fourDigits tells that the year has four digits.
func Date(b []byte) (n int, year int, fourDigits bool) {
	var part [3]int
	var length [3]int
	i, sep := 0, byte(0)
	for p := range part {
		if p > 0 {
			if i >= len(b) || !isSeparator(b[i]) || sep != 0 && b[i] != sep {
				return 0, 0, false
			}
			sep = b[i]
			i++
		}
		for i < len(b) && isDigit(b[i]) && length[p] < 5 {
			part[p] = part[p]*10 + int(b[i]-'0')
			length[p]++
			i++
		}
	}
	y, m, d := part[2], part[1], part[0]
	switch {
	case length[0] == 4 && length[1] <= 2 && length[2] >= 1 && length[2] <= 2 && length[1] >= 1:
		y, d = part[0], part[2]
		if !isDay(y, m, d) || !BirthYear(y) {
			return 0, 0, false
		}
		return i, y, true
	case length[0] < 1 || length[0] > 2 || length[1] < 1 || length[1] > 2 || length[2] != 2 && length[2] != 4:
		return 0, 0, false
	case !isDay(y, m, d) && !isDay(y, d, m):
		return 0, 0, false
	case length[2] == 4 && !BirthYear(y):
		return 0, 0, false
	}
	return i, y, length[2] == 4
}
