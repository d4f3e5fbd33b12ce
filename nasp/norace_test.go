//go:build !race

package nasp_test

const raceDetector = false
