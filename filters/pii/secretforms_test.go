package pii

import "testing"

// TestSecretsWithoutNames has secrets in forms without a name beside them, or with one in another language, and what stands in their place and is none.
func TestSecretsWithoutNames(t *testing.T) {
	e := newEngine(t, Secret)
	checkAll(t, e, []example{
		"> Cookie: session=⟦zefhUWgc5R-MHFAiSznSGy4l⟧; theme=dark", "Cookie: theme=dark; sessionid=⟦x9pqDWLOMFrvtvAv⟧", "Set-Cookie: sid=⟦pUhj7MXe9ZaHEpOC8wVtH0⟧; Path=/; HttpOnly", `{"Cookie":"a=1; auth=⟦8f14e45fceea167a⟧"}`,
		"Cookie: theme=dark; lang=de", "Cookie: _csrf=Mj2qykJO5rELyHgezQ69nzUX0i3OH67V", "cookies are good", "Set-Cookie: sid=********; Path=/x9pqDWLOMFrvtvAv1234",
		"La contraseña es ⟦hunter2⟧.", "Hasło: ⟦dragon⟧", "Hasło to ⟦s3cr3t⟧", "Lösenordet är ⟦admin123⟧", "Le mot de passe est ⟦Passw0rd!⟧", "Het wachtwoord is ⟦trustno1⟧ nu", "Şifre: ⟦hunter2⟧", "Пароль: ⟦Passw0rd!⟧", "密码：⟦hunter2⟧。", "パスワード：⟦monkey99⟧",
		`contraseña = "⟦Zq8sL2vK⟧"`, "Das Passwort lautet ⟦s3cr3t⟧", "A senha é ⟦p@ssw0rd⟧", "La contraseña es incorrecta", "Пароль: неверный", "senha: ********", "Le mot de passe est obligatoire", "desenhar: x",
		"ALTER USER root IDENTIFIED BY '⟦BYd9RhA7⟧';", "CREATE USER a IDENTIFIED BY PASSWORD '⟦BYd9RhA7⟧'", "IDENTIFIED BY '${PASS}'",
		"sshpass -p '⟦1jFrtnR!n⟧' ssh a@b", "redis-cli -h x -a ⟦HZEIRFssF3⟧ -p 6379", "docker login -u acme -p ⟦s3cr3tpass⟧", "mysql -u root -p⟦s3cr3tpass⟧ app", "mysql -u root -p app", "redis-cli -a $PASS",
		"curl -u admin:⟦KySWxaEil⟧ https://x.example", "curl --user 'admin:⟦KySWxaEil⟧' x", "docker run -u 1000:1000 x", "curl -u $USER:$PASS x", "ls -u a", "node01:5432:app:app:⟦K_NrWQ-TTQA⟧", "*:5432:*:app:⟦K_NrWQ-TTQA⟧", "postgres://node01:5432:", "10:5432:app",
		"creds: ⟦caglar285⟧ / ⟦correct-horse⟧", "user bob1 password ⟦dsnjd-zefiqx-64⟧", "new login for you: user x password ⟦s3cr3t⟧, bye", "the user must have a password that works",
		"my password ⟦X3CS7YQy)jz⟧ works", "token ⟦02ZE2zP2$i@SevU⟧; next", "secret rotation2024 done", "token expires2024 soon", "password Base64Url encoded", "token 2024-01-02T03:04:05Z", "secret v1.2.3-RC1", "the token https://X.example/a1",
		"curl -u user:password x", "curl -u test:test x", "curl -u <user:password> x", "requirepass ⟦iMj2WyrmqlK!t⟧", "keytool -genkey -storepass ⟦5N22uPVYgkGv3⟧ -keypass ⟦A-tGU2T!⟧ -alias app", "const token = await auth.getToken();",
		`"private_key_id":"5b448fe24b7060556d47aa4f194d9783d57efe52"`, "?api_key=vault%3Asecret%2Fdata%2Fdb%23password&x=1", "X-JFrog-Art-Api: ⟦AKCp8kt5mz3vq9⟧", "glsa: ⟦glsa_uSp3iOryjIkIor7Sm86j07vyBfuCEDz2_b98933ba⟧",
		`setPassword("⟦Zq8sL2vK⟧")`, `client.secret("⟦Zq8sL2vK⟧")`, `getPassword("default")`, `if password != "⟦Zq8sL2vK⟧":`, "password != other", "the passphrase is ⟦correct-horse-battery-staple⟧ now",
		"⟦pPYHwQIAL9FyfF.atlasv1.D34dwJwpwybhyZjTDngXdZo61aZkUDyXg7ATwczwnFFmrs1DCq7xXhX4ReUtOEiZCPX⟧", "⟦patu1cCyaDqOKTOS9.459a8cc689936baec36324969aef26347b3a2b0cab8741bb8a17430e4a787595⟧", "patterns.of",
		"/cb?token=⟦qlJdUYG2Q8sqmYWq⟧#top", `payload="c29tZXRva2VuPXB3ZA==" ratio=13.1% checksum=e9dc81`,
		`{"password":"os.environ[\"TOKEN\"]"}`, `"api_key": "process.env.API_KEY"`, "token: \"#{token}\"", "secret: !Ref DbPassword", `password="vault:secret/data/db#password"`, `{"api_key":"\u003cpassword\u003e"}`, `secret="&lt;your-key&gt;"`,
		"?token=%3Cpassword%3E&x=1", "?secret=%24%7BDB_PASSWORD%7D&x=1", "?api_key=%25s&x=1", "api_key = config['api_key']", "password = <%= ENV['PASSWORD'] %>", `token: "env('SECRET')"`,
		"password=\"⟦config.9f8e7d6c5b4a3210⟧\"",
	})
}

// TestFakersIBANs: the generator leaves a digit out.
func TestFakersIBANs(t *testing.T) {
	checkAll(t, newEngine(t, IBAN), []example{"x: ⟦GB83FBAN5489352130256⟧ y", "⟦gb83 fban 5489 3521 3025 6⟧", "GB83FBAN5489352130257", "GB83FBAN54893521302567"})
}
