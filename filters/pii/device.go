package pii

import "github.com/libnasp/libnasp/filters/pii/check"

// Numbers of mobile phones (IMEI) and vehicles (VIN).

var (
	imeiWords = newContext("imei", "device id", "device identifier", "handset")
	vinWords  = newContext("vin", "vehicle", "chassis", "car")
)

var (
	_ = register(detector{kind: IMEI, reason: "IMEI, check digit valid", number: imei, digits: span{15, 15}, needs: imeiWords})
	_ = register(detector{kind: VIN, reason: "VIN, check digit valid", word: vin, length: span{17, 17}})
)

func imei(t *text, n *number) {
	end := n.end
	if !n.bare() {
		const form, size = 1<<2 | 1<<9 | 1<<16, 18 // 35-209900-176148-1
		if n.seps&(1<<size-1) != form || n.end-n.start < size {
			return
		}
		end = n.start + size
	}
	if check.IMEI(t.b[n.start:end]) && t.endsAt(end) && t.context(n.start, end, imeiWords) {
		t.add(n.start, end, 95)
	}
}

func vin(t *text, w *word) {
	v := t.b[w.start:w.end]
	if w.digits>>13 != 0xf || !check.VIN(v) { // of nearly all vehicles the last four are digits
		return
	}
	switch {
	case t.context(w.start, w.end, vinWords):
		t.add(w.start, w.end, 95)
	case len(v)-countDigits(v) >= 4 && (isUpper(v[0]) || isUpper(v[1]) || isUpper(v[3])): // with fewer letters it is a parcel
		t.add(w.start, w.end, 65)
	}
}
