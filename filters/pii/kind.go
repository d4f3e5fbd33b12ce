package pii

// Kind is a kind of data that the engine finds.
type Kind uint8

// The kinds that there are.
const (
	Secret Kind = iota
	Email
	PaymentCard
	USSSN
	IBAN
	IPv4

	// NumKinds is the number of kinds.
	NumKinds = iota
)

var kindNames = [NumKinds]string{"secret", "email", "payment_card", "us_ssn", "iban", "ipv4"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}
