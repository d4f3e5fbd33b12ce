package pii

import "errors"

// addCustom enters the detectors of the user.
func (e *Engine) addCustom(config Config) error {
	for _, deny := range config.Deny {
		if err := e.addCustomDetector(CustomDetector{Reason: "deny list", Literal: deny, Confidence: 100}); err != nil {
			return err
		}
	}
	for _, c := range config.Custom {
		if err := e.addCustomDetector(c); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) addCustomDetector(c CustomDetector) error {
	literal := []byte(c.Literal)
	for i, x := range literal {
		literal[i] = lower(x)
	}
	if len(literal) < minLiteral {
		return errors.New("pii: a custom detector needs a literal of at least three bytes, which stands in all that it is to find")
	}
	confidence := c.Confidence
	if confidence == 0 {
		confidence = 80
	}
	e.dispatch.add(&detector{kind: Custom, reason: c.Reason, words: []string{string(literal)}, literal: func(t *text, i, n int) {
		start, end, ok := i, i+n, true
		if c.Match != nil {
			start, end, ok = c.Match(t.b, i)
		}
		if ok && 0 <= start && start < end && end <= len(t.b) {
			t.add(start, end, confidence)
		}
	}}, e.text.thresholds[Custom])
	return nil
}
