//go:build race

package nasp_test

// raceDetector makes everything larger and slower.
const raceDetector = true
