package main

import "strings"

// The forms of detect-secrets' own tests of its plugins, with values of our own: its package doesn't bring them along.

var keywordForms = []string{
	`apikey := "@"`, `apikey :="@"`, `apikey  :=   '@'`, `apikey:='@'`, `'theapikey': '@'`, `"theapikey": "@"`, `apikey: "@"`, `apikey:  '@'`, `apikey = "@"`, `apikey = ¤"@"`, `apikey[]= "@"`, `some_dict["secret"] = "@"`, `the_password= "@"`, `the_password='@'`,
	`apikey "@";`, `fooapikeyfoo "@";`, `private_key '@';`, `fooprivate_keyfoo'@';`, `my_password=@`, `my_password = @`, `theapikey:@`, `apikey: @`, `db_pass: "@"`, `aws_secret_access_key = "@"`, `$password = '@';`, `setPassword("@")`, `password("@")`, `if (secret == "@") {`, `if password != "@":`, `"@" == password`,
	`passphrase: @`, `contraseña = "@"`, `client.secret("@")`, `[secretkey] = "@"`, `PASSWORD='@'`, `api_key=>'@'`, `"service_key": "@"`,
}

var keywordValues = []string{"m{{h)p${x]qz(kd>-_$#wvt}}", "c3VwZXIgc3RyaW5nIGVudHJvcHk", "Zq8sL2vKx93nT0aw", "correct-horse-7", "s3cr3tV4lue"}

var positiveShapes = []string{
	"https://username:pa55w0rd@shop.example", "ftp://deploy:tr0ub4dor@files.example/x", "jdbc:mysql://root:tr0ub4dor@db/app", "ibm_cloud_api_key: ukZFFX48RiGgq2BPf3m-nIeTM_lFGizKKn50RRoC_7fn", `"iam-password": "ukZFFX48RiGgq2BPf3m-nIeTM_lFGizKKn50RRoC_7fn"`,
	"IBMCLOUDIAMAPIKEY=ukZFFX48RiGgq2BPf3m-nIeTM_lFGizKKn50RRoC_7fn", `"cloud_iam_api_key":="ukZFFX48RiGgq2BPf3m-nIeTM_lFGizKKn50RRoC_7fn"`, "artifactory_secret=AP6q3u9vb2nk4m", "X-JFrog-Art-Api: AKCp8kt5mz3vq9", "jfrog AP5q3u9vb2nk4m", "artifactoryx:_password=AKCp8kt5mz3vq9",
	"xoxp-523424-234244-234234-e039d02840a0b9379d", "xoxo-523424-234244-234234-e039d02840a0b9379d", "xoxs-523424-234244-234234-e039d02840a0b9379d", "xoxa-2-511111112-31111111112-3111111111112-e039d02840a0b9379d", "xoxr-523424-234244-234234-e039d02840a0b9379d", "xoxb-34532455-e039d02840a0b9379d",
	"https://hooks.slack.com/services/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", "AKIAZQ3DRSTUVWXY2345", "aws_secret_access_key = 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", "sk_live_ReTllpYQYfIZu2Jnf2lAPFjE", "rk_live_5TcWfjKmJgpql9hjpRnwRXbU", "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",
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkxIiwibmFtZSI6IkphbmUifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5d", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAxn\n-----END RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQVYBF\n",
	"PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 8\nAAABAHk2", "//registry.example.org/:_authToken=npm_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5", "AccountKey=lJzRc1YdHaAA2KCNJJ1tkYwF/+mKK6Ygw0NGe170Xu592euJv2wYUtBlV8z+qnlcNQSnIYVTkLWntUO1F8j8rQ==", "sq0csp-ABCDEFGHIJK_LMNOPQRSTUVWXYZ-0123456789\\abc", "SK223456789012345678901234567890ab", "AC223456789012345678901234567890ab",
	"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawq", "343ea45721923ed956e2b38c31db76ab-us30", "ghp_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINVx", "glpat-hellOworld380_testin", "pypi-AgEIcHlwaS5vcmcCJDU3OTM1MjliLWIyYTYtNDEwOC05NzRkLTM0MjNiNmEwNWIzYgACF1sxLFsitesttestbWluaW1hbC1wcm9qZWN0Il1d", "MTk4NjIyNDgzNDcxOTI1MjQ5.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWt",
	"cloudant_password = \"a3b09da5c2a9d0c1e7f0a2b5c8d1e4f7a0b3c6d9e2f5a8b1c4d7e0f3a6b9c2d5\"", "softlayer_api_key: a3b09da5c2a9d0c1e7f0a2b5c8d1e4f7a0b3c6d9e2f5a8b1c4d7e0f3a6b9c2d5", "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",
}

var negativeShapes = []string{
	`theapikey := ""`, `theapikey := "somefakekey"`, `theapikey: ""`, `theapikeyforfoo:nobodyfindsthat`, `password: ${link}`, `theapikey[] = ""`, `my_password = ""`, `my_password = ''`, `my_password = "fakesecret"`, `open(self, password = ""):`, `my_password = foo(hey)you`, `my_password = request.json_body['hey']`, `my_password = True`,
	`login(username=username, password=password)`, `private_key "";`, `private_key "fake";`, `apiKey: this.apiKey,`, `apiKey: fs.readFileSync('foo',`, `$password = $input;`, `http://localhost:5000/<%= @variable %>`, `iam_api_key="%s" % IBM_IAM_API_KEY_ENV`, `CLOUD_APIKEY: "insert_key_here"`, `X-JFrog-Art-Api: $API_KEY`, `X-JFrog-Art-Api: $PASSWORD`,
	`testAKCwithinsomeirrelevantstring`, `testAP6withinsomeirrelevantstring`, `akiazzzzzzzzzzzzzzzz`, `AKIAZZZ`, `password = None`, `password: null`, `secret = os.getenv("SECRET")`, `token = get_token()`, `api_key = config['api_key']`, `password := flag.String("password", "", "the password")`, `String password;`, `private String apiKey = null;`,
	`self.password = password`, `password=$(pass show db)`, `"password": "{{ password }}"`, `secret: !vault |`, `sk_live_`, `pk_live_ReTllpYQYfIZu2Jnf2lAPFjE`, `-----BEGIN PUBLIC KEY-----`, `eyJ`, `password = <%= ENV['PASSWORD'] %>`, `password = getattr(settings, "PASSWORD")`, `api_key = "<your key here>"`, `api_key: xxxxxxxxxxxxxxxxxxxx`, `PASSWORD=********`, `secret_length = 32`,
}

// shapeCases are all of them.
func shapeCases() []peerCase {
	var cases []peerCase
	for _, form := range keywordForms {
		for _, value := range keywordValues {
			cases = append(cases, peerCase{"keyword", strings.NewReplacer("@", value, "¤", "@").Replace(form), true})
		}
	}
	for _, text := range positiveShapes {
		cases = append(cases, peerCase{"plugin", text, true})
	}
	for _, text := range negativeShapes {
		cases = append(cases, peerCase{"negative", text, false})
	}
	return cases
}
