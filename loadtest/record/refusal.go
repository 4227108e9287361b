package record

import "time"

// Refusal is how long one replica kept accepting an ended login. Times count from when the server itself declared the
// end: from its answer to the logout, or from the expiry of the token.
type Refusal struct {
	Trial   int `json:"trial"`
	Replica int `json:"replica"`
	// Own means that the login was created and ended at this replica, which therefore knows of the end first.
	Own bool `json:"own,omitempty"`
	// Accepted is when the last request that was answered 200 was sent; 0 if there was none.
	Accepted time.Duration `json:"accepted_ns"`
	// Refused is when the first refusal arrived after which every answer was a refusal; 0 if there was none in time. It
	// includes the duration of the request, so the replica refused no later than this.
	Refused time.Duration `json:"refused_ns"`
}
