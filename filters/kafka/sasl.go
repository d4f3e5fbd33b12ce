package kafka

import "bytes"

// login is an exchange of SASL under way. It keeps a name and nothing else: the tokens are secrets.
type login struct {
	mechanism string
	name      string
	begun     bool
}

// client takes the name from the first token of the client.
func (l *login) client(token []byte) {
	if l.begun {
		return
	}
	l.begun = true
	switch l.mechanism {
	case "PLAIN": // authorization identity, NUL, name, NUL, password (RFC 4616)
		if parts := bytes.SplitN(token, []byte{0}, 3); len(parts) == 3 {
			l.name = string(parts[1])
		}
	case "SCRAM-SHA-256", "SCRAM-SHA-512": // n,,n=name,r=nonce (RFC 5802, section 7)
		if _, rest, ok := bytes.Cut(token, []byte(",,n=")); ok {
			name, _, _ := bytes.Cut(rest, []byte{','})
			name = bytes.ReplaceAll(name, []byte("=2C"), []byte{','})
			l.name = string(bytes.ReplaceAll(name, []byte("=3D"), []byte{'='}))
		}
	}
}

// done tells whether the broker's token ends the login with success. The broker of SCRAM proves itself in its last one (v=…); the others say no
// more than one thing.
func (l *login) done(token []byte) bool {
	switch l.mechanism {
	case "SCRAM-SHA-256", "SCRAM-SHA-512":
		return bytes.HasPrefix(token, []byte("v="))
	}
	return true
}

// loggedIn takes the name over when the broker has taken the login.
func (s *Stream) loggedIn(token []byte) {
	if s.login.begun && s.login.done(token) {
		s.conn.Mechanism, s.conn.Principal = s.login.mechanism, s.login.name
		s.login = login{mechanism: s.login.mechanism}
	}
}

// learnToken and learnTokenAnswer are for tokens without a header, as they follow SaslHandshake v0. A broker that refuses such a login closes the
// connection.

func (s *Stream) learnToken(frame []byte) ([]byte, bool, error) {
	s.login.client(frame[sizeLen:])
	return frame, false, nil
}

func (s *Stream) learnTokenAnswer(frame []byte) ([]byte, bool, error) {
	s.loggedIn(frame[sizeLen:])
	return frame, false, nil
}
