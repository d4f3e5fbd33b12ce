package corpus

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// What looks like something and isn't. Names begin with a minus sign.
func init() {
	add("", map[string]func(g gen) string{
		"-uuid":     uuid,
		"-epoch":    func(g gen) string { return g.pattern("17########") },
		"-epoch-ms": func(g gen) string { return g.pattern("17###########") },
		"-epoch-us": func(g gen) string { return g.pattern("17##############") },
		"-epoch-ns": func(g gen) string { return g.pattern("17#################") },
		"-iso":      func(g gen) string { return moment(g).Format("2006-01-02T15:04:05.000Z") },
		"-date": func(g gen) string {
			return moment(g).Format(pick(g, []string{"2006-01-02", "02.01.2006", "01/02/2006", "2 Jan 2006"}))
		},
		"-time":   func(g gen) string { return moment(g).Format(pick(g, []string{"15:04:05", "15:04", "15:04:05.000"})) },
		"-clf":    func(g gen) string { return moment(g).Format("02/Jan/2006:15:04:05 -0700") },
		"-syslog": func(g gen) string { return moment(g).Format("Jan _2 15:04:05") },
		"-log4j":  func(g gen) string { return moment(g).Format("2006-01-02 15:04:05,000") },
		"-order": func(g gen) string {
			return g.pattern(pick(g, []string{"ORD-%#######", "%#########", "SO%########", "100-%######-%######", "PO-2024-#####", "INV-%####", "%##############"}))
		},
		"-int":   func(g gen) string { return strconv.Itoa(g.IntN(pick(g, []int{10, 1000, 100000, 10000000}))) },
		"-bytes": func(g gen) string { return g.pattern("%########") },
		"-version": func(g gen) string {
			return fmt.Sprintf(pick(g, []string{"v%d.%d.%d", "%d.%d.%d", "%d.%d.%d-rc.1", "%d.%d.%d+build.77"}), g.IntN(20), g.IntN(30), g.IntN(60))
		},
		"-version4": func(g gen) string {
			return fmt.Sprintf("%d.%d.%d.%d", g.IntN(12), g.IntN(20), g.between(300, 9999), g.IntN(900))
		},
		"-oid": func(g gen) string { return fmt.Sprintf("1.3.6.1.4.1.%d.%d.%d", g.IntN(60000), g.IntN(10), g.IntN(30)) },
		"-decimal": func(g gen) string {
			return fmt.Sprintf(pick(g, []string{"%.6f", "%.2f", "%.15f", "%.3f"}), g.Float64()*pick(g, []float64{1, 100, 1e6}))
		},
		"-money": func(g gen) string {
			return pick(g, []string{"$", "€", "£", "USD "}) + g.pattern(pick(g, []string{"%#.##", "%,###.##", "%##,###", "%#'###.##"}))
		},
		"-md5":       func(g gen) string { return g.chars(hexLower, 32) },
		"-sha1":      func(g gen) string { return g.chars(hexLower, 40) },
		"-sha256":    func(g gen) string { return g.chars(hexLower, 64) },
		"-shorthash": func(g gen) string { return g.chars(hexLower, g.between(7, 8)) },
		"-digest":    func(g gen) string { return "sha256:" + g.chars(hexLower, 64) },
		"-integrity": func(g gen) string { return "sha512-" + base64.StdEncoding.EncodeToString([]byte(g.chars(alnum, 64))) },
		"-traceid":   func(g gen) string { return g.chars(hexLower, 32) },
		"-spanid":    func(g gen) string { return g.chars(hexLower, 16) },
		"-b64": func(g gen) string {
			return base64.StdEncoding.EncodeToString([]byte(g.chars(alnum+" ", g.between(60, 200))))
		},
		"-isbn": isbn,
		"-ean":  func(g gen) string { return g.pattern("40###########") },
		"-tracking": func(g gen) string {
			return g.pattern(pick(g, []string{"1Z###??##########", "9400 1### #### #### #### ##", "##############", "RR#########DE", "JD0##############"}))
		},
		"-sku":     func(g gen) string { return g.pattern(pick(g, []string{"SKU-####-??", "??-#####", "#####-###"})) },
		"-percent": func(g gen) string { return fmt.Sprintf("%.1f%%", g.Float64()*100) },
		"-size":    func(g gen) string { return fmt.Sprintf("%dx%d", g.between(100, 4000), g.between(100, 4000)) },
		"-port":    func(g gen) string { return strconv.Itoa(pick(g, []int{80, 443, 5432, 6379, 8080, 9092, 27017})) },
		"-duration": func(g gen) string {
			return fmt.Sprintf(pick(g, []string{"%dms", "%d.5s", "00:%02d:00", "%dh"}), g.IntN(60))
		},
		"-path": func(g gen) string {
			return pick(g, []string{"/var/lib/app/", "/api/v2/items/", "C:\\Temp\\", "s3://bucket/key/"}) + g.chars(lower+digits, 8)
		},
		"-host": func(g gen) string {
			return pick(g, []string{"db-1.internal", "ip-10-0-3-17.ec2.internal", "kafka-2.kafka.svc.cluster.local", "localhost", "worker-7f9c6d5b8-x2k4p", "node01"})
		},
		"-scp": func(g gen) string {
			return pick(g, []string{"git@github.com:acme/widgets.git", "deploy@build01:/srv/www", "@types/node@20.11.1", "user@host:path"})
		},
		"-package": func(g gen) string {
			return pick(g, []string{"@babel/core@7.24.0", "@angular/cli@17.3.8", "lodash@4.17.21", "k8s.io/api@v0.29.3"})
		},
		"-holder":  placeholder,
		"-country": func(g gen) string { return pick(g, []string{"DE", "US", "FR", "BR", "JP"}) },
		"-level":   func(g gen) string { return pick(g, []string{"INFO", "WARN", "ERROR", "DEBUG"}) },
		"-status":  func(g gen) string { return pick(g, []string{"200", "201", "204", "301", "400", "404", "500", "503"}) },
		"-method":  func(g gen) string { return pick(g, []string{"GET", "POST", "PUT", "DELETE"}) },
		"-thread": func(g gen) string {
			return pick(g, []string{"main", "http-nio-8080-exec-7", "pool-2-thread-11", "kafka-producer-network-thread | p-1"})
		},
		"-class": func(g gen) string {
			return pick(g, []string{"com.acme.billing.InvoiceService", "o.a.k.c.NetworkClient", "app.views.login", "k8s.io/client-go/reflector.go:231"})
		},
		"-agent": func(g gen) string {
			return pick(g, []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "curl/8.5.0", "okhttp/4.12.0", "python-requests/2.31.0"})
		},
		"-word": func(g gen) string {
			return pick(g, []string{"invoice", "delivery", "cart", "session", "cluster", "warehouse", "report", "quota", "billing", "search"})
		},
		"-badcard": badCard,
		"-guid-upper": func(g gen) string {
			return "{" + g.chars(hexUpper, 8) + "-" + g.chars(hexUpper, 4) + "-" + g.chars(hexUpper, 4) + "-" + g.chars(hexUpper, 4) + "-" + g.chars(hexUpper, 12) + "}"
		},
		"-snowflake": func(g gen) string { return g.pattern("1%################") },
		"-geo":       func(g gen) string { return fmt.Sprintf("%d.%02d", g.between(1, 90), g.IntN(100)) },
		"-arn":       func(g gen) string { return "arn:aws:sns:eu-west-1:" + g.pattern("%###########") + ":topic" },
		"-color":     func(g gen) string { return "#" + g.chars(hexLower, 6) },
		"-ratio":     func(g gen) string { return fmt.Sprintf("%d:%02d:%02d", g.between(0, 99), g.IntN(60), g.IntN(60)) },
		"-cpp":       func(g gen) string { return pick(g, []string{"std::vector", "Foo::Bar::baz", "a::b", "::1st"}) },
		"-year":      func(g gen) string { return strconv.Itoa(g.between(1998, 2026)) },
		"-etag":      func(g gen) string { return `W/"` + g.chars(hexLower, 8) + `-` + g.chars(hexLower, 12) + `"` },
		"-partnum": func(g gen) string {
			return g.pattern(pick(g, []string{"###-##-###", "##-###-####-#", "###-####", "####-##-##-##"}))
		},
	})
}

func moment(g gen) time.Time {
	return time.UnixMilli(1_600_000_000_000 + g.Int64N(160_000_000_000)).UTC()
}

func uuid(g gen) string {
	return g.chars(hexLower, 8) + "-" + g.chars(hexLower, 4) + "-4" + g.chars(hexLower, 3) + "-" + g.chars("89ab", 1) + g.chars(hexLower, 3) + "-" + g.chars(hexLower, 12)
}

func isbn(g gen) string {
	s := "978" + g.chars(digits, 9)
	sum := 0
	for i := range 12 {
		sum += int(s[i]-'0') * (1 + i%2*2)
	}
	s += strconv.Itoa((10 - sum%10) % 10)
	if g.bool() {
		return s[:3] + "-" + s[3:4] + "-" + s[4:7] + "-" + s[7:12] + "-" + s[12:]
	}
	return s
}

// badCard is 16 digits that no check lets pass.
func badCard(g gen) string {
	s := []byte(luhn(pick(g, []string{"4", "51", "37"}) + g.chars(digits, 13)))
	s[len(s)-1] = '0' + (s[len(s)-1]-'0'+byte(g.between(1, 9)))%10
	return string(s)
}

// placeholder is what stands in examples where a secret will be.
func placeholder(g gen) string {
	return pick(g, []string{"${DB_PASSWORD}", "$PASSWORD", "{{ .Values.secret }}", "{{password}}", "<password>", "<your-api-key>", "%s", "%(password)s", "xxxxxxxx", "********", "null", "true", "false", "None", "${{ secrets.TOKEN }}",
		"#{token}", "$(cat /run/secrets/db)", "env('SECRET')", "os.environ[\"TOKEN\"]", "process.env.API_KEY", "", "...", "[REDACTED]", "YOUR_API_KEY", "your-token-here", "vault:secret/data/db#password", "!Ref DbPassword"})
}
