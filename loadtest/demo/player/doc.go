// Package player holds the state of a lesson: which step the class is at, what it bet, and the evidence. All viewers
// see the same state, and it survives their reloads. It knows nothing of pages or languages.
package player
