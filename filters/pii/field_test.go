package pii

import "testing"

func TestFields(t *testing.T) {
	checkAll(t, newEngine(t, Name, Address, DateOfBirth, PersonalAttribute), []example{
		`{"first_name":"⟦John⟧","lastName":"⟦Doe⟧","full-name": "⟦Jean-Luc O'Neil⟧"}`, `{"customer":{"surname":"⟦Müller⟧"}}`, `"patient_name" : "⟦Ann Lee⟧"`, `<firstName>⟦John⟧</firstName>`, `<p:surname>⟦Doe⟧</p:surname>`,
		"first_name=⟦John⟧&last_name=⟦Doe⟧&id=5", "zip=⟦6485⟧#top", "first_name=⟦John⟧ level=info", "First name: ⟦John⟧, age 5", "Full Name: ⟦John Q. Public⟧\nCity: X", "given_name: ⟦María⟧\n", `{"Nachname":"⟦Schmidt⟧"}`, `{\"firstName\":\"⟦John⟧\",\"x\":1}`,
		`{"cardholder":"⟦JOHN DOE⟧"}`, `{"name_on_card":"⟦J DOE⟧"}`, "customer.first_name=⟦Ann⟧ x",
		`{"street":"⟦1 Main St⟧","zip":"⟦12345⟧","postalCode":"⟦SW1A 1AA⟧"}`, `{"zip":⟦12345⟧}`, `{"address":"⟦12 Rue de Rivoli, Paris⟧"}`, `{"billing_address":"⟦1 Main St⟧"}`, "address_line1=⟦Main+St⟧&x=1", "<street>⟦Hauptstr. 5⟧</street>", "Street: ⟦1 Main St⟧\n",
		`{"dob":"⟦1980-01-31⟧"}`, `{"birthDate":"⟦31.01.1980⟧"}`, "date_of_birth=⟦1980-01-31⟧&x=1", "<birthday>⟦1980-01-31⟧</birthday>", `{"dateOfBirth":⟦19800131⟧}`,
		`{"gender":"⟦female⟧","salary":⟦50000⟧}`, "maritalStatus=⟦single⟧&x=1", `{"race":"⟦human⟧"}`,
		`{"name":"Widget"}`, `{"hostname":"web1","filename":"a.txt"}`, `{"username":"joe"}`, `{"name":"x","first":"y"}`, `{"first_name":""}`, `{"first_name":null}`, `{"first_name":"${NAME}"}`, `{"first_name":"****"}`, `{"name_count":5}`, "rename first name", "firstname",
		`{"email_address":"x"}`, `{"ip_address":"x y"}`, `{"address":"0x1234"}`, `{"address":"host:80"}`, `{"zip":"true"}`, `{"zipfile":"12345"}`, `{"street_count":5}`, "the first name is nice", `{"birth":"x"}`, `{"trace":"x"}`, `{"sextant":"x"}`, "class FirstName: pass", `{"last_name_updated":"x"}`,
		"address: listen on port 80 and wait", `{"first_name":{"a":1}}`, "<first_name><b>x</b></first_name>", "surname: see below",
	})
}

func TestFindNamedFields(t *testing.T) {
	e := newEngine(t)
	for _, test := range []struct{ name, value, want string }{
		{"first_name", "John", "****"}, {"lastName", "Doe", "***"}, {"zip", "12345", "*****"}, {"dob", "1980-01-31", "**********"}, {"phone", "5551234567", "**********"}, {"mobile_number", "12345678", "********"},
		{"routing_number", "021000021", "*********"}, {"imei", "490154203237518", "***************"}, {"nhs", "9434765919", "**********"}, {"lat", "48.8584", "*******"},
		{"swift", "DEUTDEFF", "********"}, {"mrn", "A-123456", "********"}, {"icd10_code", "E11.9", "*****"}, {"drivers_license", "D123-4567-8901", "**************"}, {"passportNumber", "C01X00T47", "*********"},
		{"swift", "yes", "yes"}, {"passport", "valid", "valid"}, {"diagnosis", "none", "none"},
		{"name", "Widget", "Widget"}, {"id", "5551234567", "5551234567"}, {"phone", "n/a", "n/a"}, {"first_name", "***", "***"}, {"phone_count", "5", "5"},
	} {
		b := []byte(test.value)
		Mask(b, e.FindNamed(nil, []byte(test.name), b))
		if string(b) != test.want {
			t.Errorf("%s: %s: got %s, want %s", test.name, test.value, b, test.want)
		}
	}
}
