package incident

import (
	"net/http"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
)

// Line is a line of raw/incident.jsonl: what one scheme went through once. Moments count from the begin of its load.
type Line struct {
	Incident   string `json:"incident"`
	Scheme     string `json:"arm"`
	Repetition int    `json:"repetition"`
	Again      bool   `json:"made_again,omitempty"` // the lab was late, and another line of the repetition counts
	Nonce      string `json:"nonce"`
	// Unable says why the scheme cannot go through this here; then nothing else is set.
	Unable message.Message `json:"unable,omitzero"`
	// Failed is a step that failed: the rest shows nothing.
	Failed   string        `json:"failed,omitempty"`
	Rate     float64       `json:"rate_per_s,omitempty"` // what was wanted of the load; 0: the plan's
	Touched  bool          `json:"touched"`              // the fault had a part of this scheme to break
	Injected time.Duration `json:"injected_ns"`
	Undone   time.Duration `json:"undone_ns"` // the rollback was complete
	Ended    time.Duration `json:"ended_ns"`
	// Noticed is when a replica first said that it is not ready, and Heard when one last said so; 0: none did.
	Noticed time.Duration     `json:"noticed_ns,omitempty"`
	Heard   time.Duration     `json:"not_ready_until_ns,omitempty"`
	Proofs  []Evidence        `json:"proofs,omitempty"`
	Load    Load              `json:"load"`
	Buckets []Bucket          `json:"buckets"` // one for each Width, from the begin on
	Users   Users             `json:"users"`
	Logins  Tries             `json:"logins"`  // new ones that began while the fault lasted
	Logouts Tries             `json:"logouts"` // halfway through the fault
	Clients *Clients          `json:"clients,omitempty"`
	P99     time.Duration     `json:"p99_ns"` // of the answers while the fault lasted
	Before  experiment.Vitals `json:"vitals_before"`
	After   experiment.Vitals `json:"vitals_after"`
	Leaked  bool              `json:"leaked,omitempty"` // After never came near Before
}

// Width is the time of one bucket.
const Width = 100 * time.Millisecond

// Bucket counts the requests that were sent in one Width, by what became of them.
type Bucket struct {
	OK          int `json:"ok,omitempty"`
	Refused     int `json:"401,omitempty"`      // a login that had not been ended
	Unavailable int `json:"503,omitempty"`      // by a replica
	Unanswered  int `json:"none,omitempty"`     // no answer, or not of a replica
	Other       int `json:"other,omitempty"`    // any other status of a replica
	Admitted    int `json:"admitted,omitempty"` // an ended login, after the promised time
	Denied      int `json:"denied,omitempty"`   // an ended login was refused, as it should be
	Cookies     int `json:"cookies,omitempty"`  // answers that fail and yet set a cookie
}

// Load says whether the load ran.
type Load struct {
	Sent   int           `json:"sent"`
	Unsent int           `json:"unsent,omitempty"` // for lack of a connection
	Late   time.Duration `json:"late_p99_ns"`      // from when requests were due until they were sent
	// Relay is by how much the lab's relay to the store delayed something beyond its distance, at most.
	Relay time.Duration `json:"relay_late_max_ns,omitempty"`
	Mixed int           `json:"wrong_user,omitempty"`
}

// Users are what the fault did to those who had not logged out.
type Users struct {
	Live      int           `json:"live"`
	LoggedOut int           `json:"logged_out"`        // answered 401 at least once
	Lost      int           `json:"lost"`              // and at their last request too
	Longest   time.Duration `json:"longest_outage_ns"` // of one user, from the first failure to the next success
}

// Tries are requests other than the load.
type Tries struct {
	Tried       int `json:"tried"` // of any outcome
	Done        int `json:"done"`  // that succeeded
	Unavailable int `json:"503"`   // that were told to come later
}

// add counts a request by its status.
func (t *Tries) add(status int) {
	t.Tried++
	switch status {
	case http.StatusOK, http.StatusNoContent:
		t.Done++
	case http.StatusServiceUnavailable:
		t.Unavailable++
	}
}
