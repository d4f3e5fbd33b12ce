package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Coordinates: a latitude and a longitude, or one of them by its name, with four decimals or more, which is ten metres or less.

var placeWords = newContext("lat", "latitude", "lon", "lng", "long", "longitude", "gps", "coordinate", "coord", "geo", "location", "position", "latlng", "latlong", "breitengrad", "längengrad")

var _ = register(detector{kind: Coordinates, reason: "coordinates", number: coordinates, digits: span{5, 20}, forms: dotForm, group: span{1, 3}, needs: placeWords})

func coordinates(t *text, n *number) {
	b, i := t.b, n.start
	if first := n.first(); n.bare() || first > 3 || b[i+first] != '.' || n.end-i < first+5 || n.seps>>(first+1)&0xf != 0 {
		return
	}
	if i > t.claimed && (b[i-1] == '-' || b[i-1] == '+') && !isWord(at(b, i-2)) {
		i--
	}
	end := i + check.Coordinates(b[i:min(len(b), i+48)])
	if end == i {
		if end = i + check.Degrees(b[i:min(len(b), i+24)], 180); end == i {
			return
		}
	}
	if c := at(b, end); (!isWord(c) || c|0x20 == 'n' || c|0x20 == 'e' || c|0x20 == 's' || c|0x20 == 'w') && t.says(i, end, placeWords) {
		t.add(i, end, 75)
	}
}
