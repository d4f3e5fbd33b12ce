package e2e

import (
	"fmt"
	"strings"

	"github.com/libnasp/libnasp/test/e2e/kafkatest"
)

// mainJob is what nasp is for, exactly.
var mainJob = []struct{ sent, stored string }{
	{"AWS_SECRET_ACCESS_KEY=myawssecretkeyvalue", "AWS_SECRET_ACCESS_KEY=*******************"},
	{"My email is example@email.com", "My email is *****************"},
}

// format shows records in a failed test. They hold synthetic data only; long values are cut.
func format(records []kafkatest.Record) string {
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "  partition %d offset %d key %s value %s headers %q\n", r.Partition, r.Offset, quote(r.Key), quote(r.Value), r.Headers)
	}
	return b.String()
}

// quote shows a byte string, null as such.
func quote(b []byte) string {
	const most = 200
	switch {
	case b == nil:
		return "null"
	case len(b) > most:
		return fmt.Sprintf("%q… (%d bytes)", b[:most], len(b))
	default:
		return fmt.Sprintf("%q", b)
	}
}
