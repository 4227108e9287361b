// Package show is the page of a lesson: it serves what the browser needs, tells all viewers the present state by
// server-sent events, and takes the presenter's commands.
//
// The state is the player's: a reload, and a second viewer, see the same. Every address begins with a random secret, so
// that neither another user of the machine nor a page of another site can steer the lesson.
//
// The audience has a page of its own, on another listener, whose network others use too: it reads and votes. What it is
// sent is made for it (glance), so that no credential of the lesson's users is in it.
package show
