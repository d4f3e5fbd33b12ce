package corpus

import "strings"

// Cases are texts in the forms that the tests of presidio's recognizers have, with values of our own: what is found and where it ends, and what is
// nothing. Labels stand in «», behind the kind.
func Cases() []Text {
	var texts []Text
	for _, c := range strings.Split(strings.TrimSpace(cases), "\n") {
		texts = append(texts, parseCase(strings.ReplaceAll(c, "⏎", "\n")))
	}
	return texts
}

// parseCase reads "text kind«value» text".
func parseCase(c string) Text {
	t := Text{Source: "presidio", Format: "case"}
	for {
		before, rest, ok := strings.Cut(c, "«")
		if !ok {
			t.Text += c
			return t
		}
		at := strings.LastIndexByte(before, '~')
		value, after, _ := strings.Cut(rest, "»")
		t.Text += before[:at]
		t.Spans = append(t.Spans, Span{len(t.Text), len(t.Text) + len(value), Kind(before[at+1:])})
		t.Text += value
		c = after
	}
}

const cases = `
example.com ~ip«192.168.7.21»
my ip: ~ip«192.168.4.9»
my ip: 192.168.4
example.com ~ip«6a4d:1112:223:3334:4445:5556:7:78»
my ip: ~ip«6A4D:1112:223:3334:4445:5556:7:78»
6a4d:1112:223:3334:4445:5556:78
~ip«2345:0425:2CA1:0000:0000:0567:5673:23b7»
~ip«2345:0425:2CA1::0567:5673:23b7»
~ip«2400:c403::5054:ff:fe1b:b033»
~ip«fe80::7»
~ip«2001:db8::8a2e:370:7331»
~ip«fe80::7%eth0»
Server IP: ~ip«2001:db8::7»
Connect to [~ip«2001:db8::7»]:8080
Visit http://[~ip«2001:db8::7»]/path
SSH to root@~ip«2001:db8::7»
~ip«::ffff:192.0.2.7»
Connect to ~ip«::ffff:10.0.0.7» now
[~ip«::ffff:192.168.1.7»]:80
~ip«2001:db8::192.168.1.7»
~ip«64:ff9b::192.0.2.7»
~ip«0:0:0:0:0:FFFF:129.144.52.37»
Tunnel to ~ip«2001:db8::10.0.0.7»
IPv4: ~ip«192.168.1.7», IPv6: ~ip«2001:db8::7»
IPs: ~ip«192.168.1.7», ~ip«10.0.0.7», ~ip«2001:db8::7»
MAC address ~mac«aa:bb:cc:dd:ee:f7»
Time 12:34:57
Ratio 1:2:3:5
Version 1.2.7
Port 80:443
abc:def:ghi
file:///path/to/file
std::cout and MyClass::toString
:::
(~ip«192.168.1.7»)
'~ip«2001:db8::7»'
IP: ~ip«192.168.1.7».
~ip«192.168.1.7»,
Server IP: ~ip«2400:c403::5054:ff:fe1b:b033».
256.257.258.259
300.168.1.7
12345:db8::7
localhost ~ip«127.0.0.1»
Link-local ~ip«169.254.1.7»
Multicast ~ip«ff02::5»
~ip«192.168.7.0/24»
Subnet: ~ip«10.7.0.0/16»
Prefix: ~ip«2001:db8:7::/48»
Route is ~ip«10.7.0.0/16».
~payment_card«4012888888881881» ~payment_card«4012-8888-8888-1881» ~payment_card«4012 8888 8888 1881»
my credit card: ~payment_card«371449635398431»
~payment_card«5019717010103742»
~payment_card«30569309025904»
~payment_card«6011000400000000»
~payment_card«3528000700000000»
~payment_card«6759649826438453»
my credit card: ~payment_card«122000000000003»
4012-8888-8888-1882
my order number is 4012888888881882
~us_ssn«219-05-1123»
~us_ssn«219 05 1123»
my ssn is ~us_ssn«219.05.1123»
my ssn is ~us_ssn«219051123»
my social security number is ~us_ssn«219051123»
my social security number is ~us_ssn«219-05-1123»
219-00-1123
219-05-0000
666-05-1123
2190511201
my phone number is ~phone«(425) 882-9191»
my phone number is:~phone«(425) 882-9191»
my phone number is ~phone«425 8829191»
my phone number is ~phone«4258829191»
try one of these phones ~phone«052 5552617» ~phone«074-7111245»
My US number is ~phone«(415) 555-0147», and my international one is ~phone«+1 415 555 0148»
Call ~phone«09-7625411» in Israel
Phone number: ~phone«(555) 253-0011».
~email«info@widgets.site»
try one of this emails: ~email«info@mail.site» or ~email«anotherinfo@mail.site»
the email is info@presidio.
~iban«IL620108000000099999999»
my iban is ~iban«AL47 2121 1009 0000 0002 3569 8741»
IBAN: ~iban«MT84MALT011000012345MTLCAST001S»
iban ~iban«gb82west12345698765432»
GB82WEST12345698765433
wallet ~crypto«1BoatSLRHtKNngkdXEeobR76b53LETtpyT»
my itin: ~national_id«911-70-1245»
my itin is ~national_id«911701245»
my driver license number is ~driving_licence«H12234578»
my bank account number is ~bank«912803467»
my passport number is ~passport«912803467»
`
