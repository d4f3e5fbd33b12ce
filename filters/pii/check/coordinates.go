package check

// Coordinates returns how many bytes of b, from its first on, are a latitude and a longitude in degrees, with at least four decimals each, and ',', ';', '/'
// or white space between. It returns 0 if there are none.
func Coordinates(b []byte) int {
	n := Degrees(b, 90)
	if n == 0 {
		return 0
	}
	i := n
	for i < len(b) && i < n+4 && (b[i] == ' ' || b[i] == ',' || b[i] == ';' || b[i] == '/') {
		i++
	}
	if i == n {
		return 0
	}
	m := Degrees(b[i:], 180)
	if m == 0 {
		return 0
	}
	return i + m
}

// Degrees returns how many bytes of b, from its first on, are a number of degrees up to limit, with a sign or none and at least four decimals. It returns 0 if
// there is none.
func Degrees(b []byte, limit int) int {
	i := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		i++
	}
	whole, start := 0, i
	for ; i < len(b) && isDigit(b[i]); i++ {
		if i-start == 3 {
			return 0
		}
		whole = whole*10 + int(b[i]-'0')
	}
	if i == start || i == len(b) || b[i] != '.' || whole > limit {
		return 0
	}
	point, zero := i, true
	for i++; i < len(b) && isDigit(b[i]); i++ {
		if i-point > 17 {
			return 0
		}
		zero = zero && b[i] == '0'
	}
	if i-point <= 4 || whole == limit && !zero {
		return 0
	}
	return i
}
