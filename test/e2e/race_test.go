//go:build race

package e2e

// raceDetector makes loading a module take ten seconds.
const raceDetector = true
