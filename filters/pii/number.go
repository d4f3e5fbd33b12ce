package pii

// numberStarts tells whether digits that begin at i aren't the rest of a word, a decimal, a UUID or a longer number.
func numberStarts(b []byte, i int) bool {
	switch at(b, i-1) {
	case '.':
		return !isDigit(at(b, i-2))
	case '-':
		return !wordHasDigit(b, i-1) && !uuidEnds(b, i-1)
	}
	return wordStarts(b, i)
}

// numberEnds tells whether a number may end before i.
func numberEnds(b []byte, i int) bool {
	switch c := at(b, i); c {
	case '.', '-':
		return !isDigit(at(b, i+1))
	default:
		return !isWord(c)
	}
}

// wordHasDigit tells whether the word that ends before i has a digit.
func wordHasDigit(b []byte, i int) bool {
	for j := i - 1; j >= 0 && j >= i-maxCard && isAlnum(b[j]); j-- {
		if isDigit(b[j]) {
			return true
		}
	}
	return false
}

// uuidEnds tells whether the last but one group of a UUID ends before i.
func uuidEnds(b []byte, i int) bool {
	return at(b, i-5) == '-' && isHex(b[i-4]) && isHex(b[i-3]) && isHex(b[i-2]) && isHex(b[i-1])
}
