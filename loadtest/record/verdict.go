package record

import (
	"strings"

	"authlab/loadtest/message"
)

// Verdict is what became of one request, judged by its answer: status, user and replica.
type Verdict string

// The verdicts. Others are "status-NNN" for an unexpected status and "error-WORD" for an answer that never came.
const (
	OK              Verdict = "ok"
	Unauthenticated Verdict = "unauthenticated" // 401 to a credential that was good when it was handed out
	WrongUser       Verdict = "wrong-user"      // another user's answer: voids the run
	WrongReplica    Verdict = "wrong-replica"   // not one of this run's replicas: a stale or foreign server
)

// Lack says what the generator had none left of, so that it could not send a request; nothing for a verdict on an answer,
// or on its absence.
func (v Verdict) Lack() message.Message {
	word, failed := strings.CutPrefix(string(v), "error-")
	if !failed {
		return message.Message{}
	}
	return message.Lack(word)
}
