package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// Codec is how Redis keeps a record: its head, a line break, and the rest. Records of another codec are under other
// keys: to a server that was told to use another one nobody is logged in any more, while whoever ends a user's sessions
// ends those too.
type Codec struct {
	prefix string // of keys; all are equally long. The digit is the version of the layout
	write  func(*Record) (string, error)
	read   func(string) (Record, error)
}

// The codecs. Text is the default; gob and JSON are what gorilla's users mostly have.
var (
	Text = Codec{prefix: sessionPrefix, write: (*Record).text, read: recordOf}
	Gob  = serialized("authlab:g1:", securecookie.GobEncoder{})
	JSON = serialized("authlab:j1:", securecookie.JSONEncoder{})
)

// Codecs are the codecs by name.
var Codecs = map[string]Codec{"text": Text, "gob": Gob, "json": JSON}

// stored is a record without its head, as a serializer sees it.
type stored struct {
	User, Name, Device string
	Created, End       int64 // Unix milliseconds
	Agent              string
}

// storedBytes bounds what is kept, whatever the codec: fields are bounded by the API, and what is larger was written by
// nobody here.
const storedBytes = 16 << 10

// encode is the record as it is stored. The error is errRecord.
func (c Codec) encode(rec *Record) (string, error) {
	text, err := c.write(rec)
	if err == nil && len(text) > storedBytes { // it could not be read again
		return "", fmt.Errorf("%w: %d bytes", errRecord, len(text))
	}
	return text, err
}

// decode reads what encode wrote. The error is errRecord.
func (c Codec) decode(text string) (Record, error) {
	if len(text) > storedBytes {
		return Record{}, fmt.Errorf("%w: %d bytes", errRecord, len(text))
	}
	return c.read(text)
}

func serialized(prefix string, s securecookie.Serializer) Codec {
	return Codec{
		prefix: prefix,
		write: func(rec *Record) (string, error) {
			head, err := rec.head()
			if err != nil {
				return "", err
			}
			rest, err := s.Serialize(stored{rec.User, rec.Name, rec.Device, rec.Created.UnixMilli(), rec.Ends, rec.Agent})
			if err != nil {
				return "", fmt.Errorf("%w: %w", errRecord, err)
			}
			return head + "\n" + string(rest), nil
		},
		read: func(text string) (Record, error) {
			head, rest, found := strings.Cut(text, "\n")
			if !found {
				return Record{}, fmt.Errorf("%w: one line", errRecord)
			}
			var in stored
			if err := s.Deserialize([]byte(rest), &in); err != nil {
				return Record{}, fmt.Errorf("%w: %w", errRecord, err)
			}
			rec := Record{
				User: in.User, Name: in.Name, Device: in.Device,
				Created: time.UnixMilli(in.Created), Ends: in.End, Agent: in.Agent,
			}
			return rec, rec.readHead(head)
		},
	}
}
