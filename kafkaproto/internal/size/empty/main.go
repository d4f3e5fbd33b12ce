//go:build wasip1

// Command empty is a guest that does nothing: what Go itself takes.
package main

func main() {}
