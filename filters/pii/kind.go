package pii

// Kind is a kind of data that the engine finds.
type Kind uint8

// The kinds that there are. Those from URL on are off unless Config.Kinds names them.
const (
	Secret Kind = iota
	Email
	PaymentCard
	USSSN
	IBAN
	IPv4
	IPv6
	MAC
	Phone
	USITIN
	USEIN
	BIC
	DateOfBirth
	Passport
	MRZ
	DrivingLicence
	UKNINO
	UKNHS
	Aadhaar
	IndiaPAN
	GSTIN
	ABARouting
	IMEI
	VIN
	NPI
	DEA
	MBI
	MedicalRecord
	ICD10
	CryptoAddress
	Coordinates
	Name
	Address
	// Custom is of the detectors in Config.Custom and Config.Deny.
	Custom
	URL
	// NationalID is of the national packs, by Finding.Reason.
	NationalID
	// PersonalAttribute is what is asked about a person: gender, salary, religion, by the name of its field.
	PersonalAttribute

	// NumKinds is the number of kinds.
	NumKinds = iota
)

var kindNames = [NumKinds]string{
	"secret", "email", "payment_card", "us_ssn", "iban", "ipv4", "ipv6", "mac", "phone", "us_itin", "us_ein", "bic", "date_of_birth", "passport", "mrz",
	"driving_licence", "uk_nino", "uk_nhs", "aadhaar", "in_pan", "gstin", "aba_routing", "imei", "vin", "npi", "dea", "mbi", "medical_record", "icd10",
	"crypto_address", "coordinates", "name", "address", "custom", "url", "national_id", "personal_attribute",
}

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

// DefaultKinds returns the kinds that an engine looks for unless Config.Kinds says otherwise.
func DefaultKinds() []Kind {
	kinds := make([]Kind, URL)
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}
