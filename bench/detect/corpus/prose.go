package corpus

// prose holds sentences of each language, with what belongs into it. A text is a few of them.
var prose = map[string][]string{
	"en": {
		"Please call me back on [[phone-en]] after lunch.", "You can reach [[name-en]] at [[email]] or by phone: [[phone]].", "My card [[card]] was declined again, can you check?", "Her SSN is [[ssn]], she was born on [[birth]].",
		"We shipped order [[-order]] on [[-date]] for [[-money]].", "Transfer it to [[iban]], please.", "The server [[ip]] stopped answering at [[-time]].", "Ticket [[-uuid]] was closed by [[name-en]].", "tel [[phone-en]], fax [[phone-en]]",
		"Could you update the billing address to [[address-en]], [[city-en]]?", "My mobile number is [[phone]] and my work number is [[phone-gb]].", "Release [[-version]] fixes the crash on build [[-version4]].", "Social security number: [[ssn]]",
		"Use credit card [[card]] with the name [[name-en]] on it.", "He paid [[-money]] for [[-int]] items, ISBN [[-isbn]].", "Our tracking number is [[-tracking]].", "WhatsApp me: [[phone-any]]", "The password is [[weak]] , don't tell anybody.", "I used token [[token]] for the upload.",
		"Please text [[phone-en]] when you arrive at gate [[-int]].", "Account holder [[name-en]], date of birth [[birth]], passport no. [[passport]].", "My bitcoin address is [[btc]].", "Send the invoice to [[email]].", "The driver's license number is [[licence]].",
		"NHS number [[nhs]], National Insurance number [[nino]].", "I was at [[-geo]], [[-geo]] percent of the route.", "Chapter [[-int]], page [[-int]], section [[-version]].", "They moved to [[city-en]] in [[-year]], between [[-year]] and [[-year]].", "The MAC address of the printer is [[mac]].",
		"Room [[-int]]-[[-int]], extension [[-int]].", "routing number [[aba]], account [[account]]", "I'd like to speak to [[name-en]], phone [[phone-us]].", "Contact number: [[phone-us]].", "Our hotline: [[phone-us]]", "The part number is [[-partnum]].",
	},
	"de": {
		"Bitte rufen Sie mich unter [[phone-de]] zurück.", "Meine E-Mail-Adresse lautet [[email]].", "Überweisen Sie den Betrag auf [[iban]], Empfänger [[name-de]].", "Geboren am [[birth]] in [[city-de]].", "Die Bestellung [[-order]] vom [[-date]] kostet [[-money]].",
		"Tel.: [[phone-de]], Mobil: [[phone-de]]", "Herr [[name-de]], [[address-de]], [[city-de]]", "Kreditkarte [[card]], gültig bis 12/27", "Die Rechnungsnummer ist [[-order]], Kundennummer [[-int]].", "Das Passwort lautet [[weak]]", "Telefonnummer [[phone-de]]", "Der Server [[ip]] ist seit [[-time]] Uhr nicht erreichbar.",
		"Handy [[phone-de]] oder Büro [[phone-at]]", "Version [[-version]] vom [[-date]]", "IBAN: [[iban]] BIC: [[bic]]",
	},
	"fr": {
		"Appelez-moi au [[phone-fr]] s'il vous plaît.", "Mon adresse e-mail est [[email]].", "Virement vers [[iban]] au nom de [[name-fr]].", "Né le [[birth]] à [[city-fr]].", "La commande [[-order]] du [[-date]] coûte [[-money]].", "Tél. : [[phone-fr]]", "Ma carte bancaire [[card]] a été refusée.",
		"Habite [[address-fr]], [[city-fr]].", "Le mot de passe est [[weak]]", "Téléphone portable : [[phone-fr]]", "Le serveur [[ip]] ne répond plus.", "Colis numéro [[-tracking]], version [[-version]]",
	},
	"es": {
		"Llámame al [[phone-es]] por favor.", "Mi correo es [[email]].", "Transferencia a [[iban]] a nombre de [[name-es]].", "Nacido el [[birth]] en [[city-es]].", "El pedido [[-order]] del [[-date]] cuesta [[-money]].", "Teléfono: [[phone-es]]", "Mi tarjeta de crédito [[card]] no funciona.",
		"Vive en [[address-es]], [[city-es]].", "La contraseña es [[weak]]", "móvil [[phone-mx]]", "El servidor [[ip]] no responde.", "Factura [[-order]], página [[-int]]",
	},
	"it": {
		"Chiamami al [[phone-it]] per favore.", "La mia email è [[email]].", "Bonifico su [[iban]] intestato a [[name-it]].", "Nato il [[birth]] a [[city-it]].", "L'ordine [[-order]] del [[-date]] costa [[-money]].", "Telefono: [[phone-it]]", "La mia carta di credito [[card]] è scaduta.",
		"Abita in [[address-it]], [[city-it]].", "La password è [[weak]]", "cellulare [[phone-it]]", "Versione [[-version]] del [[-date]]",
	},
	"pt": {
		"Ligue para [[phone-pt]] por favor.", "Meu e-mail é [[email]].", "Transferência para [[iban]] em nome de [[name-pt]].", "Nascido em [[birth]], [[city-pt]].", "O pedido [[-order]] de [[-date]] custa [[-money]].", "Telefone: [[phone-pt]]", "Meu cartão de crédito [[card]] foi recusado.",
		"Mora na [[address-pt]], [[city-pt]].", "A senha é [[weak]]", "celular [[phone-pt]]", "Nota fiscal [[-order]]",
	},
	"nl": {
		"Bel me op [[phone-nl]] alstublieft.", "Mijn e-mailadres is [[email]].", "Maak het over naar [[iban]] t.n.v. [[name-nl]].", "Geboren op [[birth]] te [[city-nl]].", "Bestelling [[-order]] van [[-date]] kost [[-money]].", "Telefoon: [[phone-nl]]", "Mijn creditcard [[card]] is geweigerd.",
		"Woont op [[address-nl]], [[city-nl]].", "Het wachtwoord is [[weak]]", "mobiel [[phone-nl]]",
	},
	"pl": {
		"Proszę dzwonić pod [[phone-pl]].", "Mój e-mail to [[email]].", "Przelew na konto [[iban]], odbiorca [[name-pl]].", "Data urodzenia: [[birth]], [[city-pl]].", "Zamówienie [[-order]] z dnia [[-date]] kosztuje [[-money]].", "Telefon: [[phone-pl]]", "Moja karta [[card]] nie działa.",
		"Mieszka przy [[address-pl]], [[city-pl]].", "Hasło to [[weak]]", "tel. kom. [[phone-pl]]",
	},
	"sv": {
		"Ring mig på [[phone-sv]] tack.", "Min e-postadress är [[email]].", "Betala till [[iban]], mottagare [[name-sv]].", "Född den [[birth]] i [[city-sv]].", "Beställning [[-order]] från [[-date]] kostar [[-money]].", "Telefon: [[phone-sv]]", "Mitt kort [[card]] fungerar inte.",
		"Bor på [[address-sv]], [[city-sv]].", "Lösenordet är [[weak]]", "mobil [[phone-sv]]",
	},
	"tr": {
		"Lütfen [[phone-tr]] numarasını arayın.", "E-posta adresim [[email]].", "Parayı [[iban]] hesabına gönderin, alıcı [[name-tr]].", "Doğum tarihi: [[birth]], [[city-tr]].", "[[-order]] numaralı sipariş [[-date]] tarihinde [[-money]].", "Telefon: [[phone-tr]]", "Kartım [[card]] reddedildi.",
		"Oturduğu yer: [[address-tr]], [[city-tr]].", "Şifre: [[weak]]", "cep [[phone-tr]]",
	},
	"ja": {
		"お電話は[[phone-ja]]までお願いします。", "メールアドレスは [[email]] です。", "カード番号 [[card]] が使えません。", "注文番号[[-order]]は[[-date]]に発送しました。", "電話番号: [[phone-ja]]", "サーバー[[ip]]が応答しません。", "TEL [[phone-ja]]", "パスワード：[[weak]]",
	},
	"da": {"Ring til mig på [[phone-da]].", "Min e-mail er [[email]].", "Telefon: [[phone-da]]", "Ordre [[-order]] af [[-date]]", "Overfør til [[iban]]."},
	"fi": {"Soita numeroon [[phone-fi]].", "Sähköpostini on [[email]].", "Puhelin: [[phone-fi]]", "Tilaus [[-order]], [[-date]]", "Maksa tilille [[iban]]."},
	"cs": {"Zavolejte na [[phone-cs]].", "Můj e-mail je [[email]].", "Telefon: [[phone-cs]]", "Objednávka [[-order]] ze dne [[-date]]", "Heslo je [[weak]]"},
	"ru": {"Позвоните по номеру [[phone-ru]].", "Моя почта [[email]].", "Телефон: [[phone-ru]]", "Заказ [[-order]] от [[-date]]", "Карта [[card]] не работает.", "Пароль: [[weak]]"},
	"zh": {"请拨打电话[[phone-zh]]。", "我的邮箱是 [[email]] 。", "手机号码：[[phone-zh]]", "订单[[-order]]已于[[-date]]发货", "银行卡号[[card]]", "密码：[[weak]]"},
}

var proseLanguages = sortedKeys(prose)

func writeProse(w *writer) string {
	lang := pick(w.g, proseLanguages)
	if w.g.bool() {
		lang = pick(w.g, languages)
	}
	if w.g.oneIn(3) {
		lang = "en"
	}
	for i := range w.g.between(1, 4) {
		if i > 0 {
			w.raw(" ")
		}
		w.fill(pick(w.g, prose[lang]))
	}
	return "prose-" + lang
}

// chat, mail and support tickets.
var messages = []string{
	"[[-time]] <[[user]]> hey, my number changed: [[phone]]\n[[-time]] <[[user]]> ok saved. still [[email]]?\n[[-time]] <[[user]]> yep",
	"agent: May I have your full name and date of birth?\ncustomer: [[name]], [[birth]]\nagent: And the last transaction?\ncustomer: [[-money]] on [[-date]] with [[card]]",
	"@[[user]] can u pls reset pw for [[email]]? ticket #[[-int]]",
	"[[name]]: deploy of [[-version]] done, [[-shorthash]] is live\n[[name]]: host is [[ipv4]], ping me on [[phone]]",
	"From: \"[[name]]\" <[[email]]>\nTo: [[email]]\nDate: [[-date]] [[-time]]\nMessage-ID: <[[-uuid]]>\nSubject: Invoice [[-order]]\n\nDear [[name]],\n\nplease pay [[-money]] to [[iban]] by [[-date]].\n\nKind regards\n[[name]]\nPhone: [[phone]]\nFax: [[phone]]\n",
	"Hi,\n\nthanks for your order [[-order]] ([[-money]]). It ships with tracking number [[-tracking]].\nQuestions? Call [[phone]] or write to [[email]].\n\n-- \nAcme Inc., [[address]]\n",
	"> On [[-date]], [[name]] <[[email]]> wrote:\n> My ssn is [[ssn]]\n> and the account is [[iban]]\n\nGot it, thanks. Cell: [[phone-us]]",
	"user: why was I charged [[-money]] twice?\nbot: Is [[email]] the address of the account?\nuser: yes, and the phone is [[phone-any]]",
	"BEGIN:VCARD\nVERSION:3.0\nFN:[[name]]\nTEL;TYPE=CELL:[[phone]]\nTEL;TYPE=WORK,VOICE:[[phone]]\nEMAIL:[[email]]\nBDAY:[[birth-iso]]\nEND:VCARD",
	"call transcript [[-uuid]]: caller [[phone-e164]] asked about order [[-order]], agent [[-int]], duration [[-ratio]]",
	"hey the wifi pass is: [[weak]] and the router is at [[ipv4]]", "new login for you: user [[user]] password [[password]]", "here's the key [[token]] pls rotate it by [[-date]]", "creds: [[user]] / [[weak]]\nurl https://[[-host]]:[[-port]]",
	"Meeting [[-date]] [[-time]], dial in [[phone]] code [[-bytes]]#", "Reservation [[-sku]] for [[name]], tel. [[phone]], [[-int]] nights, total [[-money]]",
}

func writeMessage(w *writer) string { w.fill(pick(w.g, messages)); return "" }
