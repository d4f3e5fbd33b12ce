package pii

// AWS access keys: the id has a prefix and 16 capital letters and digits. The secret that belongs to it is 40 bytes of base64 without a mark, so it is looked
// for near the id only.

var _ = register(detector{kind: Secret, reason: "AWS access key", prefixes: []string{"AKIA", "ASIA", "ABIA", "ACCA", "A3T"}, literal: awsKey})

const (
	awsIDLen, awsSecretLen = 20, 40
	// awsNear is how far behind the id the secret is looked for, in bytes.
	awsNear = 160
)

func awsKey(t *text, i, _ int) {
	b, start := t.alone(i)
	const capitals, base64 = 1 << 3, 1 << 4
	end := t.runOf(i, capitals, awsIDLen+1)
	if end-i != awsIDLen || hasWord(t.b[i:end], "XXXXXX") || !wordStarts(b, start) || isWord(at(t.b, end)) {
		return
	}
	t.add(i, end, 95)
	for j, stop := end, min(len(t.b), end+awsNear); j < stop; j++ {
		if tokenSets[t.b[j]]&base64 == 0 {
			continue
		}
		run := t.runOf(j, base64, awsSecretLen+1)
		if run-j == awsSecretLen && random(t.b[j:run], true) {
			t.later(j, run, 85)
			return
		}
		j = run
	}
}
