package record

import "time"

// Refusal is how long one replica went on taking a login that had been ended: times since the end was in force by the server's own
// word, which is its answer to the logout, or the moment at which an expiring token is void.
type Refusal struct {
	Trial   int `json:"trial"`
	Replica int `json:"replica"`
	// Own says that the login was made and ended at this replica: it knows before any other.
	Own bool `json:"own,omitempty"`
	// Accepted is when the last request was sent that was still answered 200; 0 when none was.
	Accepted time.Duration `json:"accepted_ns"`
	// Refused is when the first answer came after which every other was a refusal, 0 when none did in time. It holds the request's
	// own time, so that a replica refused no later.
	Refused time.Duration `json:"refused_ns"`
}
