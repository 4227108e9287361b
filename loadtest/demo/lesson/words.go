package lesson

import (
	"strings"

	"authlab/loadtest/message"
)

// Words are the keys of what people read about a step. The words themselves are in the catalogue.
type Words struct {
	Title message.Message // its name
	Say   message.Message // what is done
	Bet   message.Message // what the class is asked; zero where it is not asked
	Why   message.Message // why it happened
	Notes message.Message // for the teacher: what to ask, to expect and to read
}

// Title is the scene's name for people.
func (s Scene) Title() message.Message { return s.word("title") }

// About is the scene in a sentence.
func (s Scene) About() message.Message { return s.word("about") }

// Head is the name of a column for people.
func (c Column) Head() message.Message { return message.New("demo.column." + c.Label) }

// Without says where the logins of a column are that has no store.
func (c Column) Without() message.Message {
	if strings.HasPrefix(c.Setting.Scheme, "token") {
		return message.New("demo.without.token")
	}
	return message.New("demo.without.memory")
}

// Words are those of the step with this index.
func (s Scene) Words(step int) Words {
	name := s.Steps[step].Name + "."
	w := Words{
		Title: s.word(name + "title"), Say: s.word(name + "say"), Why: s.word(name + "why"), Notes: s.word(name + "notes"),
	}
	if len(s.Steps[step].Bet) > 0 {
		w.Bet = s.word(name + "bet")
	}
	return w
}

func (s Scene) word(name string) message.Message {
	return message.New("demo.scene." + s.Name + "." + name)
}

// Means explains a claim of a token; zero for one that this server does not write.
func (c Claim) Means() message.Message {
	if explained[c.Name] {
		return message.New("demo.claim." + c.Name)
	}
	return message.Message{}
}

// explained are the claims that the catalogue explains.
var explained = map[string]bool{
	"iss": true, "aud": true, "sub": true, "name": true, "role": true, "sid": true, "jti": true, "iat": true, "nbf": true,
	"exp": true, "ver": true, "gen": true,
}
