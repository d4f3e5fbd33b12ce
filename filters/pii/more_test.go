package pii

import "testing"

// Forms beyond those of detectors_test.go: where detectors meet structure, escapes and each other.

func TestAssignmentForms(t *testing.T) {
	checkAll(t, newEngine(t, Secret), []example{
		// Names.
		"API key: ⟦abc⟧", "apikey=⟦abc⟧", "API_KEY=⟦abc⟧", "x-api-key: ⟦abc⟧", "PassWord=⟦abc⟧", "APIKey=⟦abc⟧", "accountKey=⟦abc==⟧", "passwordHash: ⟦$2b$10$abc⟧", "user_password_2=⟦abc⟧", "spring.datasource.password=⟦abc⟧",
		"old-password: ⟦abc⟧", "my_secret: ⟦abc⟧", "secrets: ⟦abc⟧", "csrf_token=⟦abc⟧", "reset_password_token=⟦abc⟧", "authorization_code=⟦abc⟧", "oauth2_client_secret=⟦abc⟧", "user[password]=⟦abc⟧", "$config['password'] = '⟦abc⟧';", "--password=⟦abc⟧",
		`\npassword=⟦abc⟧`, `{"msg":"a\ntoken: ⟦abc⟧"}`,
		"secretary: Bob", "tokenize=x", "therapy_key=x", "sacred: x", "public_key=x", "primaryKey: x", "password_hint: x", "auth_type=x", "auth.provider: x", "tokenCount=5", "secret_version: x", "next_token_limit=5", "pass: 12, fail: 3", "--- PASS: TestX (0.00s)",
		"keyboard_layout: de", "accredit=x", "input_tokens=512", "token_expires_in=3600", "tokens: 12.5", "key: value",
		// Separators.
		"password:⟦abc⟧", "password\t=\t⟦abc⟧", "password => ⟦abc⟧", "password := \"⟦abc⟧\"", "<ns:Password>⟦a b⟧</ns:Password>", `{"name":"DB_PASSWORD","value":"⟦abc⟧"}`, `<add key="password" value="⟦abc⟧"/>`, `password: str = "⟦abc⟧"`,
		"password != abc", "password -> abc", "password abc", "password::abc", "token://abc", "<password>", "<password> x <b>", "password=\n",
		// Values.
		`{"password":"⟦a\"b\\⟧"}`, `{"password":"⟦a⟧","b":"c"}`, `{"a":"{\"b\":\"{\\\"token\\\":\\\"⟦abc⟧\\\"}\"}"}`, "passwords: ['⟦a b⟧', '⟦c⟧']", `{"tokens":["⟦a⟧", "⟦b⟧"],"n":1}`, "Pwd={⟦a;b⟧};Server=x", "Server=x;Password=⟦abc⟧;", "b'x' password=b'⟦abc⟧'", "token: Bearer ⟦abc⟧",
		"Authorization: AWS4-HMAC-SHA256 ⟦Credential=abc⟧", `-H "Authorization: Bearer ⟦abc⟧" url`, "password=⟦P@ss:w0rd!⟧", "password: ⟦hunter2⟧.", "password=⟦a&b⟧", "password=⟦it's⟧ x", "password=⟦Summer(2024)⟧", "password=\"⟦,abc⟧\"", "'password=⟦abc⟧'", "password=⟦a<1⟧", "<b>password=⟦abc⟧</b>", "[token=⟦abc⟧]", "{password: ⟦abc⟧}", `password="⟦a'b⟧"`, `"password":"⟦密码⟧"`,
		"PRIVATE_KEY=\"⟦-----BEGIN X-----\nabc\n-----END X-----⟧\"", `"private_key":"⟦-----BEGIN X-----\nabc\n⟧"`, "password=⟦true1⟧", "password=⟦11111⟧",
		`{"q":"?token=","n":"x"}`, `{"a":"password=","b":1}`, `"password": ""`, "password: must be long", "auth: failed for user", "token: expected one of", "password: string;", "private_key: /etc/ssl/key.pem", "credentials: ~/.aws/credentials", "password=os.environ['X']",
		"password=[PASSWORD]", "password=%(password)s", "password=$(cat x)", "password=${X:-y}", "password={{ .Values.x }}", "password=n/a", "password=\"<your password>\"", "token=xxxxxxxx", "auth=basic", `{"password":11111}`, "token={abc}",
		// URLs.
		"redis://:⟦abc⟧@10.0.0.1:6379/0", "jdbc:postgresql://u:⟦abc⟧@db/x", "https://u:⟦a?b#c⟧@h.example/", "mongodb+srv://u:⟦abc⟧@c.example/?w=1", "a://user@mail.example:⟦abc⟧@host",
		"https://user@host.example/", "https://host:8080/?m=x@y", "https://host/?m=a:b@c", "http://h:80@", "https://u:<pw>@h.example", "https://u:***@h.example", "://u:p@h",
	})
}

func TestEmailForms(t *testing.T) {
	checkAll(t, newEngine(t, Email), []example{
		`{"a":"x\n⟦ab@example.com⟧\r\n"}`, `\u003c⟦ab@example.com⟧\u003e`, `\"⟦ab@example.com⟧\"`, "a%3D⟦ab@example.com⟧%26", "⟦ab%2Btag%40example.com⟧", "x=⟦ab@example.com⟧", "**⟦ab@example.com⟧**", "⟦ab@example.com⟧:hunter2", "⟦ab@example.com⟧, ⟦cd@example.com⟧",
		"⟦用户@例子.广告⟧。", "⟦почта@пример.рф⟧", "请⟦ab@example.com⟧谢谢", "⟦ab@mail-1.example.co⟧-x", "⟦ab@example.com⟧_x", "x..⟦ab@example.com⟧", "-⟦ab@example.com⟧", "⟦ab@example.museum⟧", "⟦1@2.example⟧", "ftp://x/y ⟦ab@example.com⟧", "https://x.example/?m=⟦ab@example.com⟧", "sip:⟦ab@example.com⟧", "⟦ab@163.com⟧",
		"\x10⟦ab@example.com⟧\x02", "|⟦ab@example.com⟧|", "\"⟦ab@example.com⟧\"", "<⟦ab@example.com⟧>", "⟦ab@example.com⟧/res",
		"https://user@host.example", "git@github.com:a", "me@host.example:~/x", "logo@2x.png", "a@b..com", "a@.b.com", "pkg@1.0.0-rc.one", "${user}@example.com", "<user>@example.com", "@example.com", " @example.com", "a@example", "a@b.c.d.e", "x@y.json",
	})
}

func TestNumberForms(t *testing.T) {
	checkAll(t, newEngine(t, PaymentCard, USSSN, IBAN, IPv4), []example{
		`x\n⟦4111111111111111⟧`, `\u00a0⟦4111111111111111⟧`, "c=%20⟦4111111111111111⟧", "12 ⟦4111 1111 1111 1111⟧ 12/29", "1234 ⟦4111111111111111⟧", "*⟦4111111111111111⟧*", "⟦4111111111111111⟧.", "⟦6759649826438453⟧", "⟦5555555555554444⟧;", "⟦4111-1111-1111-1111⟧-x",
		"2024-4111-1111-1111-1111", "4111 1111 1111 111", "411111111111111", "0x4111111111111111", "4111111111111111e5", "411.1111111111111", "٤4111111111111112", "4242424242424241", "1234567812345670", "8888888888888888",
		"id ⟦219-09-1234⟧/x", `"⟦219-09-1234⟧"`, "SSN#⟦219091234⟧", "social_security_number: ⟦219-09-1234⟧", "ssn=⟦219 09 1234⟧", "the ssn of a@b is ⟦219091234⟧", "(219-09-12345)", "219-09-123", "21-909-1234", "ssn: 2190912", "ssn_count: 12", "ssn a b c d e f g h i j k l m n o p q r s t u v w 219091234",
		"iban=⟦DE89370400440532013000⟧&x", "⟦GB82 WEST 1234 5698 7654 32⟧.", "⟦FR14 20041 01005 0500013M026 06⟧", `\n⟦DE89370400440532013000⟧`, "⟦mt84malt011000012345mtlcast001s⟧", "DE89 3704 0044 0532 0130 0", "DE89  370400440532013000", "xDE89370400440532013000", "DE89370400440532013000x",
		"⟦10.0.0.1⟧-⟦10.0.0.9⟧", "⟦10.0.0.1⟧,⟦10.0.0.2⟧", "ip:⟦10.0.0.1⟧:80", "//⟦10.0.0.1⟧/x", "server ⟦10.0.0.1⟧", "⟦10.0.0.0/24⟧,", "⟦10.0.0.1⟧/99", `"version": "1.2.3.4"`, "app_version=1.2.3.4", "Chrome/1.2.3.4", "1.2.3.4-SNAPSHOT", "0.0.0.0", "1.2.3.04", "1.2.3.", "10.0.0.1_x",
	})
}
