package record

import (
	"strings"

	"authlab/loadtest/message"
)

// Verdict is the outcome of one request, judged by the answer: status, user and replica.
type Verdict string

// The verdicts. Further ones are "status-NNN" for an unexpected status and "error-WORD" for a missing answer.
const (
	OK              Verdict = "ok"
	Unauthenticated Verdict = "unauthenticated" // 401 to a credential that was valid when issued
	WrongUser       Verdict = "wrong-user"      // another user's answer: voids the run
	WrongReplica    Verdict = "wrong-replica"   // not one of this run's replicas: a stale or foreign server
)

// Lack says which resource the generator lacked, so that it could not send a request. It is empty for any other
// verdict.
func (v Verdict) Lack() message.Message {
	word, failed := strings.CutPrefix(string(v), "error-")
	if !failed {
		return message.Message{}
	}
	return message.Lack(word)
}
