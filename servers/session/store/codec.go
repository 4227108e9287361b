package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

// Codec is how Redis stores a record: its head, a line break, and the rest. Each codec has its own keys. A server that
// is switched to another codec knows none of the old logins, but ending a user's sessions ends those too.
type Codec struct {
	prefix string // of keys, all equally long. The digit is the version of the layout
	write  func(*Record) (string, error)
	read   func(string) (Record, error)
}

// The codecs. Text is the default; most users of gorilla have gob or JSON.
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

// storedBytes limits a stored record, whatever the codec: the API limits the fields, so our code wrote no larger
// record.
const storedBytes = 16 << 10

// encode returns the record as stored. The error is errRecord.
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
