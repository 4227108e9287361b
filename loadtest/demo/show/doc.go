// Package show is the page of a lesson: it serves what the browser needs, tells all viewers the present state by
// server-sent events, and takes the presenter's commands.
//
// The state is the player's: a reload, and a second viewer, see the same. Every address begins with a random secret, so
// that neither another user of the machine nor a page of another site can steer the lesson.
package show
