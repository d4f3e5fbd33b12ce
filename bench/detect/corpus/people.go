package corpus

import (
	"fmt"
	"strings"
)

func init() {
	for _, lang := range languages {
		add(Name, map[string]func(g gen) string{
			"name-" + lang: func(g gen) string { return pick(g, names[lang].first) + " " + pick(g, names[lang].last) },
		})
		add(Address, map[string]func(g gen) string{
			"address-" + lang: func(g gen) string {
				return strings.NewReplacer("@", pick(g, names[lang].last), "#", fmt.Sprint(g.between(1, 240))).Replace(pick(g, names[lang].streets))
			},
		})
		add("", map[string]func(g gen) string{"city-" + lang: func(g gen) string { return pick(g, names[lang].cities) }})
	}
	anyLang := func(what string) func(g gen) string {
		return func(g gen) string { return values[what+"-"+pick(g, languages)].make(g) }
	}
	add(Name, map[string]func(g gen) string{
		"name":  anyLang("name"),
		"first": func(g gen) string { return pick(g, names[pick(g, languages)].first) },
		"last":  func(g gen) string { return pick(g, names[pick(g, languages)].last) },
	})
	add(Address, map[string]func(g gen) string{"address": anyLang("address"), "zip": func(g gen) string {
		return g.pattern(pick(g, []string{"#####", "#####", "####", "?# #??", "#####-####"}))
	}})
	add(Birth, map[string]func(g gen) string{"birth": birth, "birth-iso": func(g gen) string { return birthFrom(g, "%[3]d-%02[2]d-%02[1]d") }})
	add(Passport, map[string]func(g gen) string{"passport": func(g gen) string {
		return g.pattern(pick(g, []string{"?########", "#########", "C%#??####", "??#######"}))
	}})
	add(Licence, map[string]func(g gen) string{"licence": func(g gen) string {
		return g.pattern(pick(g, []string{"?#######", "?###-####-####", "########", "?????%#%###??###?"}))
	}})
}

// languages are those of prose.
var languages = []string{"en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr"}

var names = map[string]struct{ first, last, cities, streets []string }{
	"en": {
		[]string{"James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "Will", "Grace", "Chase", "Mark", "Dawn", "Siobhan"},
		[]string{"Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "O'Neil", "McDonald", "Carter-Lee", "Young", "Price", "Bond"},
		[]string{"Boston", "Leeds", "Austin", "Dublin", "Portland"}, []string{"# @ Street", "# @ Ave, Apt #", "# @ Road", "# North @ Blvd"},
	},
	"de": {
		[]string{"Jürgen", "Anna", "Lukas", "Sabine", "Wolfgang", "Käthe", "Maximilian", "Petra", "Björn", "Ute"},
		[]string{"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Groß", "Wagner", "Schäfer", "Köhler", "Bauer"},
		[]string{"Berlin", "München", "Köln", "Wien", "Zürich"}, []string{"@straße #", "@weg #a", "Am @platz #"},
	},
	"fr": {
		[]string{"François", "Camille", "Léa", "Julien", "Hélène", "Mathieu", "Chloé", "Jean-Pierre", "Zoé", "Benoît"},
		[]string{"Martin", "Bernard", "Dubois", "Lefèvre", "Moreau", "Girard", "Lambert", "Benoît", "D'Amico", "Le Goff"},
		[]string{"Paris", "Lyon", "Genève", "Liège", "Nîmes"}, []string{"# rue @", "# bis, avenue @", "#, boulevard de @"},
	},
	"es": {
		[]string{"María", "José", "Lucía", "Ángel", "Carmen", "Álvaro", "Begoña", "Iñaki", "Sofía", "Raúl"},
		[]string{"García López", "Martínez", "Sánchez", "Núñez", "Ibáñez", "Romero", "Torres", "Muñoz", "Ortiz", "Peña"},
		[]string{"Madrid", "Sevilla", "Bogotá", "Lima", "Málaga"}, []string{"Calle @ #", "Avda. de @, #, 3º B", "Plaza @ #"},
	},
	"it": {
		[]string{"Giulia", "Marco", "Francesca", "Luca", "Niccolò", "Chiara", "Matteo", "Elisa", "Andrea", "Paola"},
		[]string{"Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "D'Angelo", "Conti", "De Luca", "Greco", "Costa"},
		[]string{"Roma", "Milano", "Torino", "Forlì"}, []string{"Via @ #", "Piazza @ #", "Corso @, #"},
	},
	"pt": {
		[]string{"João", "Ana", "Conceição", "Tiago", "Inês", "Gonçalo", "Luísa", "Rui", "Fernanda", "Caio"},
		[]string{"Silva", "Santos", "Ferreira", "Gonçalves", "Araújo", "Magalhães", "Rocha", "Lima", "Nunes", "Souza"},
		[]string{"Lisboa", "São Paulo", "Porto", "Brasília"}, []string{"Rua @, #", "Avenida @, #, apto #"},
	},
	"nl": {
		[]string{"Daan", "Sanne", "Joris", "Femke", "Willem", "Anouk", "Sjoerd", "Maartje"}, []string{"de Vries", "van den Berg", "Jansen", "Bakker", "Visser", "Smit", "Mulder", "Dijkstra"},
		[]string{"Utrecht", "Gent", "Rotterdam", "Leiden"}, []string{"@straat #", "@laan # hs"},
	},
	"pl": {
		[]string{"Agnieszka", "Paweł", "Małgorzata", "Łukasz", "Zofia", "Michał", "Katarzyna", "Grzegorz"}, []string{"Kowalski", "Nowak", "Wiśniewska", "Wójcik", "Zieliński", "Dąbrowska", "Król", "Żak"},
		[]string{"Warszawa", "Kraków", "Łódź", "Gdańsk"}, []string{"ul. @ #", "al. @ # m. #"},
	},
	"sv": {
		[]string{"Åsa", "Erik", "Märta", "Lars", "Linnéa", "Göran", "Elsa", "Nils"}, []string{"Andersson", "Sjöberg", "Lindström", "Åkesson", "Öberg", "Ek", "Nyström", "Holm"},
		[]string{"Stockholm", "Malmö", "Göteborg", "Umeå"}, []string{"@gatan #", "@vägen # B"},
	},
	"tr": {
		[]string{"Ayşe", "Mehmet", "Zeynep", "Çağlar", "Şule", "Emre", "İpek", "Oğuz"}, []string{"Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Öztürk", "Aydın", "Koç"},
		[]string{"İstanbul", "Ankara", "İzmir"}, []string{"@ Cad. No: #", "@ Sok. #/#"},
	},
}

// ascii writes a name as it stands in addresses of mail.
func ascii(s string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "å", "a", "Å", "A", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i", "ì", "i",
		"ç", "c", "Ç", "C", "ó", "o", "ò", "o", "ô", "o", "ã", "a", "á", "a", "à", "a", "â", "a", "Á", "A", "ñ", "n", "ú", "u", "ù", "u", "ł", "l", "Ł", "L", "ą", "a", "ę", "e", "ś", "s", "ń", "n", "ż", "z", "Ż", "Z", "ź", "z",
		"ş", "s", "Ş", "S", "ı", "i", "İ", "I", "ğ", "g", "'", "", " ", "").Replace(s)
}

func birth(g gen) string {
	return birthFrom(g, pick(g, []string{"%[3]d-%02[2]d-%02[1]d", "%02[2]d/%02[1]d/%[3]d", "%02[1]d.%02[2]d.%[3]d", "%02[1]d/%02[2]d/%[3]d", "%[1]d %[4]s %[3]d", "%[4]s %[1]d, %[3]d", "%02[1]d-%02[2]d-%[3]d"}))
}

func birthFrom(g gen, format string) string {
	month := g.between(1, 12)
	s := fmt.Sprintf(format, g.between(1, 28), month, g.between(1935, 2007), months[month-1])
	if i := strings.Index(s, "%!(EXTRA"); i >= 0 {
		s = s[:i]
	}
	return s
}

var months = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
