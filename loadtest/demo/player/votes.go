package player

import (
	"errors"
	"slices"

	"authlab/loadtest/demo/lesson"
)

// mostVoters bounds how many may vote on a step: more than any class has.
const mostVoters = 500

// ErrFull says that as many have voted as can be counted.
var ErrFull = errors.New("too many have voted on this step")

// Vote counts the vote of one of the audience for a choice of a step. A voter has one vote, and may change it until the
// step runs. Votes are those of one showing of a step: they begin anew with each Go. The error is ErrNotNow where the
// lesson is not at that step, or does not offer that choice.
func (p *Player) Vote(voter, scene string, step int, choice string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := &p.state
	if st.Scene.Name != scene || st.Step != step || st.Phase != Ready ||
		!slices.ContainsFunc(st.Scene.Steps[step].Bet, func(c lesson.Choice) bool { return c.Name == choice }) {
		return ErrNotNow
	}
	before, again := p.voters[voter]
	switch {
	case before == choice:
		return nil
	case !again && len(p.voters) >= mostVoters:
		return ErrFull
	case p.voters == nil:
		p.voters = map[string]string{}
	}
	p.voters[voter] = choice
	votes := map[string]int{}
	for _, c := range p.voters {
		votes[c]++
	}
	st.Votes = votes
	p.publish()
	return nil
}

// Voted is for what a voter has voted at the present step; "" before that.
func (p *Player) Voted(voter string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.voters[voter]
}
