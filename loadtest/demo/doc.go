// Package demo is the live lesson: a session cluster and a token cluster that are started for real, and a page, or a
// terminal, on which a class watches what one action does to both.
//
//	lesson  the scenes as data, and what carries them out and gathers the evidence
//	stand   keeps the clusters
//	player  the state that all viewers share
//	play    the playground after the scenes
//	show    the page
//
// README.md has the teacher's notes.
package demo
