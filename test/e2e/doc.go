// Package e2e holds the end-to-end tests: real Kafka clients, wrapped by nasp, against a real Apache Kafka, read back by clients that have
// no part of nasp. Run them with
//
//	NASP_E2E=1 go test ./...
//
// They need java (17 or newer), mvn, kcat and python3 with venv, from which Envoy is installed. The module is apart from the library so that importers don't pay for its dependencies.
package e2e
