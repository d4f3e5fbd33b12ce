package pii

import "testing"

func TestEmail(t *testing.T) {
	checkAll(t, newEngine(t, Email), []example{
		"⟦a@example.com⟧", "<⟦a.b+tag@mail.example.co.uk⟧>", "to ⟦first_last@example.org⟧.", "⟦a@xn--bcher-kva.example⟧", "⟦josé@example.com⟧", "⟦o'brien@example.ie⟧",
		"'⟦a@example.com⟧'", "mail=⟦a@example.com⟧&x", "?mail=⟦a%40example.com⟧", `"⟦a\u0040example.com⟧"`, "mailto:⟦a@example.com⟧?subject=x", "⟦a@example.com⟧: hello",
		"⟦a@example.com⟧:25", "连系⟦a@example.com⟧吗", "(⟦1@example.com⟧)", "⟦a@bücher.example⟧", "⟦a@example.com⟧.", "⟦a@example.com⟧...", "x:⟦a@example.com⟧;⟦b@example.com⟧",
		"git@github.com:org/repo.git", "scp me@host.example:dir/file .", "@scope/package", "npm i @scope/pkg@1.2.3", "pkg@1.2.3", "a@b", "a@b.c", "@example.com", "a@.com", "a.@example.com",
		"a @example.com", "a@-example", "user@localhost", "3@4.5", "*****@*******.***", "a@example.1",
	})
}

func TestCard(t *testing.T) {
	checkAll(t, newEngine(t, PaymentCard), []example{
		"⟦4111111111111111⟧", "⟦4111 1111 1111 1111⟧", "⟦4111-1111-1111-1111⟧", "⟦378282246310005⟧", "⟦3782 822463 10005⟧", "⟦5500000000000004⟧", "⟦2221000000000009⟧", "⟦2720999999999996⟧", "⟦6011111111111117⟧",
		"⟦30569309025904⟧", "⟦3530111333300000⟧", "⟦6200000000000005⟧", "⟦4222222222222⟧", "⟦4111111111111111⟧ 123", "card:⟦4111111111111111⟧,exp", "id,⟦4111111111111111⟧,x", "⟦4111 1111 1111 1111⟧ 123",
		"maestro card ⟦501800000009⟧", "⟦4006243226894⟧", `{"ean":"4006243226894"}`, "card-⟦4111111111111111⟧", "⟦6304000000000000⟧", "⟦180000000000002⟧",
		"4111111111111112", "1762000000123", "1762000000000000000", "567100000007", "⟦501800000009⟧", "a4111111111111111", "4111111111111111a", "0.4111111111111111", "41111111111111111111111", "2720999999999997",
		"6f1c1f0e-8d2b-4b7a-9c4e-411111111111", "x1-4111111111111111", "_4111111111111111", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4111 1111-1111 1111", "****************", "9999999999999995",
	})
}

func TestSSN(t *testing.T) {
	checkAll(t, newEngine(t, USSSN), []example{
		"⟦219-09-1234⟧", "SSN: ⟦219-09-1234⟧.", "ssn ⟦219 09 1234⟧", `{"ssn":⟦219091234⟧}`, "Social Security number ⟦219091234⟧", "⟦123-45-6789⟧", "a,⟦219-09-1234⟧,b",
		"000-12-3456", "666-12-3456", "900-12-3456", "219-00-1234", "219-09-0000", "078-05-1120", "219-09-9999", "219 09 1234", "219091234", "1219-09-1234", "219-09-12345", "x219-09-1234", "219-09-1234-5", "219.09.1234",
		"2-219-09-1234", "ssn 2190912345", "***-**-****",
	})
}

func TestIBAN(t *testing.T) {
	checkAll(t, newEngine(t, IBAN), []example{
		"⟦DE89370400440532013000⟧", "⟦DE89 3704 0044 0532 0130 00⟧", "⟦gb82west12345698765432⟧", "⟦GB82 WEST 1234 5698 7654 32⟧", "⟦FR1420041010050500013M02606⟧", "⟦NO9386011117947⟧", "IBAN:⟦DE89370400440532013000⟧.",
		"⟦DE89-3704-0044-0532-0130-00⟧",
		"DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300", "DE893704004405320130000", "ADE89370400440532013000", "DE89", "_DE89370400440532013000",
	})
}

func TestIPv4(t *testing.T) {
	checkAll(t, newEngine(t, IPv4), []example{
		"⟦10.20.30.40⟧", "from ⟦192.168.1.1⟧:8080", "⟦10.0.0.0/8⟧", "(⟦255.255.255.255⟧)", "ip=⟦1.2.3.4⟧,", "⟦1.2.3.4⟧.", "http://⟦1.2.3.4⟧/x", "⟦1.2.3.4⟧/",
		"1.2.3", "1.2.3.4.5", "1.3.6.1.4.1", "256.1.1.1", "01.2.3.4", "v1.2.3.4", "1.2.3.4-beta", "version 1.2.3.4", "1.2.3.4a", "a1.2.3.4", "1..2.3", "*.*.*.*", "lib-1.2.3.4",
	})
}

func TestAssignment(t *testing.T) {
	checkAll(t, newEngine(t, Secret), []example{
		"password=⟦hunter2⟧", "password: ⟦hunter2⟧", "PASSWORD = ⟦hunter2⟧", `"token":"⟦abc⟧"`, `"token" : "⟦a b c⟧"`, `{"apiKey":"⟦abc⟧","n":1}`, `{\"password\":\"⟦x\\\"y⟧\"}`, "'secret' => '⟦x⟧'", "secret := `⟦x⟧`",
		"AWS_SECRET_ACCESS_KEY=⟦abc/def+g==⟧", "?api_key=⟦abc⟧&user=me", "a=b&access_token=⟦x⟧", "<password>⟦x⟧</password>", "db.password=⟦x⟧", "awsSecretAccessKey: ⟦x⟧", "X-Api-Key: ⟦abc⟧", "Authorization: Bearer ⟦abc.def⟧",
		`"Authorization": "Basic ⟦dTpw⟧"`, "authorization=⟦x⟧", "db_pass=⟦x⟧", "oauth: ⟦x⟧", "creds=⟦x⟧", "private-key=⟦x⟧", "passphrase: ⟦x⟧", "pwd=⟦x⟧;Server=y", "Pwd=⟦x⟧", "password=⟦a,b⟧", "password=⟦a;b⟧ c", "password=⟦x⟧, user=y",
		`password="⟦unclosed⟧`, "(password=⟦x⟧)", `{"password":⟦12345⟧}`, "postgres://user:⟦pa:ss⟧@host/db", "amqp://:⟦p@ss⟧@h", "https://u:⟦x⟧@h.example", `{"msg":"password=⟦x⟧\nmore"}`, "password == \"⟦x⟧\"", "clientSecret: '⟦it\\'s⟧'",
		"password=⟦密码⟧", "MYSQL_PWD=⟦x⟧", `["password", "x"], "secret": "⟦y⟧"`, "password : ⟦x⟧", "token=⟦$ecret⟧", "password=⟦11112⟧",
		"password=", "password=${DB_PASSWORD}", "password={{ x }}", "password={{x}}", "password=%s", "password=$PASSWORD", "password=<password>", `"token":null`, "auth: true", `"auth":{"a":1}`, "tokens=[1,2]", "token_count=5", "max_tokens: 100", "keyboard=qwerty",
		"author: me", "authority=x", "passport=x", "bypass=1", "compass: n", "password_length: 8", "token_type: bearer", "secret_name=x", "std::token::x", "tokenizer=x", "password=********", `"password":"********"`, "password=xxxx", "no assignment of a password here",
		"http://host:80/a@b", "https://u:${X}@h.example", "see http://token.example/x", "a password>b", "authors: x", "if password != x",
	})
}
