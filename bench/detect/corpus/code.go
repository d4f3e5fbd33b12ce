package corpus

import "strings"

// Source code and configuration, with what people leave in them and with what they should have.
var code = []string{
	"DB_HOST=[[-host]]\nDB_PORT=[[-port]]\nDB_PASSWORD=[[password]]\nSECRET_KEY=[[opaque]]\nDEBUG=true",
	"export AWS_ACCESS_KEY_ID=[[token-aws-id]]\nexport AWS_SECRET_ACCESS_KEY=[[aws-secret]]\nexport AWS_REGION=eu-west-1",
	"[default]\naws_access_key_id = [[token-aws-id]]\naws_secret_access_key = [[aws-secret]]",
	"spring.datasource.url=jdbc:postgresql://[[-host]]:5432/app\nspring.datasource.username=app\nspring.datasource.password=[[password]]\nserver.port=8080",
	"const client = new Client({\n  apiKey: '[[opaque]]',\n  timeout: [[-int]],\n});", "api_key = \"[[opaque]]\"  # TODO rotate\nmax_tokens = 4096\ntoken_count = [[-int]]",
	"String password = \"[[urlpass]]\";\nint retries = 3;", "client := github.NewClient(\"[[token-github]]\")", "headers = {\"Authorization\": \"Bearer [[bearer]]\", \"Accept\": \"application/json\"}",
	"curl -u admin:[[urlpass]] https://[[-host]]/api/v1/health", "curl -H 'X-Api-Key: [[opaque]]' https://api.example.com/v1/items?limit=[[-int]]", "curl -X POST https://api.example.com -H \"Authorization: Basic [[basic]]\" -d '{\"n\":[[-int]]}'",
	"POST /v1/items HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer [[bearer]]\r\nContent-Length: [[-int]]\r\nX-Request-Id: [[-uuid]]\r\n\r\n", "GET / HTTP/1.1\r\nHost: example.com\r\nCookie: theme=dark; sessionid=[[cookie]]\r\n\r\n",
	"GET /me HTTP/1.1\r\nAuthorization: Token [[opaque]]\r\n\r\n", "//registry.example.com/:_authToken=[[token-npm]]\nregistry=https://registry.example.com/", "machine github.com\n  login [[user]]\n  password [[token-github]]",
	"[[-host]]:5432:app:app:[[urlpass]]", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: [[password-word]]\n  username: app", "version: '3'\nservices:\n  db:\n    image: postgres:16.2\n    environment:\n      POSTGRES_PASSWORD: [[password-word]]\n      POSTGRES_USER: app",
	"resource \"aws_db_instance\" \"db\" {\n  engine   = \"postgres\"\n  password = \"[[urlpass]]\"\n  port     = 5432\n}", "resource \"x\" \"y\" {\n  password = var.db_password\n  token    = data.vault.token\n}",
	"password: ${DB_PASSWORD}\nsecret: {{ .Values.secret }}\ntoken: %s\napi_key: null\nsecret_name: db-credentials\ntoken_ttl: 3600", "if (password == null) { throw new IllegalArgumentException(\"password must not be null\"); }",
	"def login(username, password):\n    token = get_token(username, password)\n    return token", "token := os.Getenv(\"API_TOKEN\")\npassword := config.Password\nsecret, err := client.GetSecret(ctx, name)", "password = getpass.getpass(\"Password: \")\napi_key = os.environ[\"API_KEY\"]",
	"const token = await auth.getToken();\nlet apiKey = process.env.API_KEY;\nconst { password } = req.body;", "<label for=\"password\">Password:</label> <input type=\"password\" name=\"password\" placeholder=\"Password\">",
	"mongodb+srv://app:[[urlpass]]@cluster0.example.mongodb.net/prod?retryWrites=true", "amqp://svc:[[urlpass]]@[[-host]]:5672/%2f", "DATABASE_URL=mysql://root:[[urlpass]]@[[-host]]:3306/app", "https://[[user]]:[[token-github]]@github.com/acme/widgets.git", "ftp://anonymous@ftp.example.org/pub/[[-path]]",
	"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=[[azure-key]];EndpointSuffix=core.windows.net", "Server=tcp:[[-host]],1433;Initial Catalog=app;User ID=app;Password=[[urlpass]];Encrypt=True;", "Driver={ODBC Driver 18 for SQL Server};Server=[[-host]];Uid=sa;Pwd=[[urlpass]];",
	"https://acct.blob.core.windows.net/c/b.txt?sv=2022-11-02&se=[[-date]]&sr=b&sp=r&sig=[[sas]]", "[[pem]]", "key: |\n[[pem-indented]]\nname: server", "{\"type\":\"service_account\",\"project_id\":\"p-[[-int]]\",\"private_key_id\":\"[[-sha1]]\",\"private_key\":\"[[pem-escaped]]\\n\",\"client_id\":\"[[-snowflake]]\"}",
	"-----BEGIN PUBLIC KEY-----\n[[-b64]]\n-----END PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\n[[-b64]]\n[[-b64]]\n-----END CERTIFICATE-----", "ssh-rsa AAAAB3NzaC1yc2E[[-b64]] [[-host]]",
	"FROM golang:1.26@[[-digest]]\nENV TOKEN_TTL=3600\nRUN go build -ldflags \"-X main.commit=[[-sha1]]\"", "\"lodash\": {\n  \"version\": \"4.17.21\",\n  \"resolved\": \"https://registry.example.com/lodash/-/lodash-4.17.21.tgz\",\n  \"integrity\": \"[[-integrity]]\"\n}",
	"github.com/acme/widgets v1.2.3 h1:[[-sum]]\ngithub.com/acme/widgets v1.2.3/go.mod h1:[[-sum]]", "commit [[-sha1]]\nAuthor: [[name]] <[[email]]>\nDate:   [[-date]]\n\n    fix token refresh ([[-shorthash]])", "git clone git@github.com:acme/widgets.git && git checkout [[-sha1]]",
	"STRIPE_KEY=[[token-stripe]]\nSLACK_BOT_TOKEN=[[token-slack]]\nSENDGRID_API_KEY=[[token-sendgrid]]\nOPENAI_API_KEY=[[token-openai]]", "GOOGLE_API_KEY: [[token-google]]\nGITLAB_TOKEN: [[token-gitlab]]\nHF_TOKEN: [[token-huggingface]]", "webhook = \"[[token-slack-hook]]\"\nchannel = \"#ops\"",
	"vault login [[token-vault]]\nexport VAULT_ADDR=https://[[-host]]:8200", "keytool -genkey -storepass [[password-word]] -keypass [[password-word]] -alias app", "mysql -h [[-host]] -u root --password=[[password-word]] app", "sshpass -p '[[urlpass]]' ssh [[user]]@[[-host]]", "docker login -u acme -p [[token-dockerhub]]",
	"--set auth.password=[[password-word]],replicas=[[-int]]", "<property name=\"password\" value=\"[[urlpass]]\"/>", "<add key=\"ApiKey\" value=\"[[opaque]]\" />", "<password>[[urlpass]]</password>", "redis-cli -a [[password-word]] -p 6379", "requirepass [[password-word]]", "\"password\" => \"[[urlpass]]\",\n\"charset\" => \"utf8mb4\",",
	"sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"app\" password=\"[[urlpass]]\";", "ssl.truststore.password=[[password-word]]\nssl.truststore.location=/etc/kafka/trust.jks\nbootstrap.servers=[[-host]]:9092",
	"password_min_length: 12\npassword_expiry_days: 90\nsecret_rotation: true\ntokenizer: bpe\ntokens_per_second: [[-int]]\nkeyspace: app\nauthors: 3", "passwordHash: [[bcrypt]]\nsalt: [[-spanid]]", "def test_card():\n    assert luhn(\"[[card-plain]]\")\n    assert not luhn(\"[[-badcard]]\")",
	"NODE_OPTIONS=--max-old-space-size=4096\nKEYBOARD_LAYOUT=de\nTOKEN_COUNT=5\nPASSWORD_FILE=/run/secrets/db\nSECRET_NAME=prod/db", "x-amz-date: 20240102T030405Z\nx-amz-content-sha256: [[-sha256]]", "id_token=[[jwt-word]]", "ok  \tgithub.com/acme/widgets\t[[-decimal]]s\tcoverage: [[-percent]] of statements", "public static final String TOKEN_PREFIX = \"Bearer \";\nprivate String apiKey;",
	"User-agent: *\nDisallow: /[[-word]]/\nSitemap: https://example.com/sitemap.xml", "Version [[-version]] (build [[-version4]]), API level [[-int]], schema 10.0.19041.1", "pip install requests==2.31.0 numpy==1.26.4 # [[-sha256]]",
}

func init() {
	word := func(g gen) string { return g.chars(alnum+"-_.!", g.between(8, 22)) }
	add(Secret, map[string]func(g gen) string{"password-word": word, "sas": func(g gen) string { return g.chars(alnum, 42) + "%3D" }, "pem-indented": func(g gen) string { return indent(pem(g)) }, "jwt-word": jwt, "bcrypt": func(g gen) string { return "$2b$12$" + g.chars(alnum+"./", 53) }})
	add("", map[string]func(g gen) string{"-sum": func(g gen) string { return g.chars(alnum+"+/", 43) + "=" }})
}

func indent(s string) string {
	out := "  "
	for _, c := range s {
		if out += string(c); c == '\n' {
			out += "  "
		}
	}
	return out
}

func writeCode(w *writer) string { w.fill(pick(w.g, code)); return "" }

// formats are all sorts of texts, with how often there are.
var formats = []format{
	{"prose", 26, writeProse}, {"message", 8, writeMessage}, {"json", 18, writeJSON}, {"log", 14, writeLog}, {"code", 12, writeCode}, {"csv", 5, writeCSV}, {"xml", 4, writeXML}, {"yaml", 5, writeYAML}, {"logfmt", 4, writeLogfmt}, {"url", 4, writeURL}, {"sql", 4, writeSQL},
	{"trace", 3, writeTrace}, {"near-miss", 5, writeNear},
}

// writeNear writes what holds nothing.
func writeNear(w *writer) string {
	for i := range w.g.between(3, 12) {
		if i > 0 {
			w.raw(pick(w.g, []string{" ", ", ", "\n", " | ", "; "}))
		}
		w.value(pick(w.g, nearNames))
	}
	return ""
}

// nearNames are the generators of what looks like data and isn't.
var nearNames = strings.Fields("-uuid -epoch -epoch-ms -epoch-us -epoch-ns -iso -date -time -order -int -bytes -version -version4 -oid -decimal -money -md5 -sha1 -sha256 -shorthash -digest -isbn -ean " +
	"-tracking -sku -percent -size -duration -path -scp -package -badcard -guid-upper -snowflake -arn -color -ratio -cpp -etag -partnum -b64 -integrity -word")
