package check

// National is an identifier that a country gives to its people or companies.
type National struct {
	Name    string // in lower case: the country and what it is called there
	Country string // ISO 3166-1
	Valid   func(s []byte) bool
	Digits  bool // it has nothing but digits, and Valid alone accepts one number in ten to a hundred by chance
}

// Nationals are the identifiers of the national packs.
var Nationals = [...]National{
	{"ca_sin", "CA", SIN, true},
	{"au_tfn", "AU", TFN, true},
	{"au_abn", "AU", ABN, true},
	{"au_medicare", "AU", AustralianMedicare, true},
	{"es_dni", "ES", DNI, false},
	{"es_nie", "ES", NIE, false},
	{"it_codice_fiscale", "IT", CodiceFiscale, false},
	{"fr_nir", "FR", NIR, true},
	{"de_steuer_id", "DE", SteuerID, true},
	{"nl_bsn", "NL", BSN, true},
	{"pl_pesel", "PL", PESEL, true},
	{"se_personnummer", "SE", Personnummer, true},
	{"fi_hetu", "FI", HETU, false},
	{"be_nn", "BE", BelgianNN, true},
	{"pt_nif", "PT", NIF, true},
	{"ro_cnp", "RO", CNP, true},
	{"br_cpf", "BR", CPF, true},
	{"br_cnpj", "BR", CNPJ, true},
	{"za_id", "ZA", SouthAfricanID, true},
	{"kr_rrn", "KR", RRN, true},
	{"th_pin", "TH", ThaiPIN, true},
	{"tr_tckn", "TR", TCKN, true},
	{"sg_nric", "SG", NRIC, false},
	{"cn_ric", "CN", ChineseID, true},
}
