package corpus

var logs = []string{
	`[[ip]] - - [[[-clf]]] "[[-method]] /api/items?id=[[-int]]&page=[[-int]] HTTP/1.1" [[-status]] [[-int]] "-" "[[-agent]]"`,
	`[[ipv4]] - [[user]] [[[-clf]]] "GET /reset?email=[[email]]&token=[[opaque]] HTTP/1.1" [[-status]] [[-int]]`,
	`[[-syslog]] [[-host]] sshd[2841]: Failed password for invalid user [[user]] from [[ip]] port 52814 ssh2`,
	`[[-syslog]] [[-host]] sshd[918]: Accepted publickey for [[user]] from [[ipv4]] port 40222 ssh2: RSA SHA256:[[-b64]]`,
	`[[-syslog]] [[-host]] kernel: [UFW BLOCK] IN=eth0 OUT= MAC=[[mac]] SRC=[[ipv4]] DST=[[ipv4]] LEN=60 TTL=48 ID=54321 PROTO=TCP SPT=443 DPT=22`,
	`[[-log4j]] [[-level]] [[[-thread]]] [[-class]] - processed [[-int]] records in [[-duration]], offset=[[-bytes]]`,
	`[[-log4j]] ERROR [[[-thread]]] [[-class]] - login failed for [[email]] ([[ip]]), trace [[-traceid]]`,
	`[[-log4j]] DEBUG [[[-thread]]] [[-class]] - Request headers: {Authorization=Bearer [[bearer]], X-Request-Id=[[-uuid]]}`,
	`[[-iso]] [[-level]] [[-class]] user=[[email]] action=checkout order=[[-order]] total=[[-decimal]] card=[[card]]`,
	`[[[-iso]]] production.[[-level]]: SMS sent to [[phone-e164]] via provider twilio {"sid":"[[-traceid]]"}`,
	`[[-iso]] stdout F {"level":"info","msg":"connected","peer":"[[ip]]","attempt":[[-int]],"build":"[[-version]]"}`,
	`I0412 [[-time]].123456       1 reflector.go:255] Listing and watching *v1.Pod from [[-path]] rv=[[-bytes]]`,
	`time="[[-iso]]" level=warning msg="rate limited" client=[[ipv4]]:[[-port]] route=/v1/login id=[[-uuid]]`,
	`[[-iso]] [[-level]] pulling image registry.example.com/app@[[-digest]] took [[-duration]]`,
	`[[-iso]] WARN password reset requested for user [[user]], new password: [[password]]`,
	`[[-iso]] INFO connecting to postgres://app:[[urlpass]]@[[-host]]:5432/orders?sslmode=disable`,
	`DEBUG:urllib3.connectionpool:https://api.example.com:443 "POST /v1/charges HTTP/1.1" [[-status]] [[-int]]`,
	`[[-level]] [[-date]] [[-time]] jobs: job [[-uuid]] finished: read=[[-bytes]] written=[[-bytes]] ratio=[[-decimal]]`,
	`[[-epoch-ms]] [[-level]] heartbeat node=[[-host]] term=[[-int]] commit=[[-bytes]] lag=[[-duration]]`,
	`[[-iso]] ERROR Access denied for user 'root'@'[[ipv4]]' (using password: YES)`,
	`[[-iso]] INFO Kafka version: [[-version]] commitId: [[-spanid]] startTimeMs: [[-epoch-ms]]`,
	`type=CRED_ACQ msg=audit([[-epoch]].123:[[-int]]): pid=[[-int]] uid=0 addr=[[ipv4]] terminal=ssh res=success`,
	`[[-iso]] TRACE > Cookie: session=[[cookie]]`, `[[-iso]] TRACE < Set-Cookie: sid=[[cookie]]; Path=/; HttpOnly`,
	`dhcpd: DHCPACK on [[ipv4]] to [[mac]] (laptop-[[-int]]) via eth1`, `[[-iso]] WARN tokens used: prompt=[[-int]] completion=[[-int]] total_tokens=[[-int]]`,
	`[[-iso]] INFO S3 GET s3://bucket/[[-sha1]] etag "[[-md5]]" [[-int]] bytes`, `2024/01/02 [[-time]] http: TLS handshake error from [[ipv6]]: EOF`, `[[-iso]] postfix/smtp[993]: [[-shorthash]]: to=<[[email]]>, relay=mx.example.com[[[ipv4]]]:25, delay=0.[[-int]], status=sent`,
	`asterisk[221]: NOTICE: Call from '[[phone-e164]]' to extension '[[-int]]' rejected`, `[[-iso]] AUDIT actor=[[email]] ip=[[ip]] action=export rows=[[-int]] file=[[-path]].csv`,
	`snmp trap oid=[[-oid]] uptime=[[-ratio]] value=[[-version]]`, `[[-iso]] gc [[-int]] @[[-decimal]]s [[-percent]]: [[-geo]]+[[-geo]]+[[-geo]] ms clock`,
}

func writeLog(w *writer) string {
	for i := range w.g.between(1, 3) {
		if i > 0 {
			w.raw("\n")
		}
		w.fill(pick(w.g, logs))
	}
	return ""
}

var traces = []string{
	"Traceback (most recent call last):\n  File \"/app/views.py\", line [[-int]], in login\n    user = db.get(email=\"[[email]]\")\nValueError: no user [[email]] (id=[[-bytes]])",
	"java.lang.IllegalStateException: duplicate key [[email]]\n\tat com.acme.Repo.save(Repo.java:[[-int]])\n\tat com.acme.App$$Lambda$14/0x[[-spanid]].run(Unknown Source)\n\tat java.base/java.lang.Thread.run(Thread.java:1583)",
	"panic: runtime error: index out of range [[[-int]]] with length 3\n\ngoroutine 17 [running]:\nmain.main()\n\t/src/main.go:[[-int]] +0x1d\nexit status 2",
	"org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint \"users_phone_key\"\n  Detail: Key (phone)=([[phone]]) already exists.\n\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)",
	"Unhandled rejection: Error: connect ECONNREFUSED [[ipv4]]:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}",
	"System.Data.SqlClient.SqlException (0x80131904): Login failed.\nConnectionString: Server=[[-host]];Database=app;User Id=sa;Password=[[urlpass]];Encrypt=False\nClientConnectionId:[[-uuid]]",
	"thread 'main' panicked at src/lib.rs:[[-int]]:9:\ncalled `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }\nnote: run with `RUST_BACKTRACE=1`",
	"requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://api.example.com/v1/me?access_token=[[opaque]]",
	"Caused by: javax.mail.SendFailedException: Invalid Addresses;\n  nested exception is: 550 5.1.1 <[[email]]>: Recipient address rejected, id [[-spanid]]",
}

func writeTrace(w *writer) string { w.fill(pick(w.g, traces)); return "" }
