package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/securecookie"
)

func TestRecordRefusesLineBreaks(t *testing.T) {
	for _, rec := range []Record{
		{Role: "a\nb"},
		{Role: "a b"},
		{Version: -1},
		{User: "\n"},
		{Name: "\nadmin"},
		{Device: "x\n"},
	} {
		if _, err := Text.encode(&rec); !errors.Is(err, errRecord) {
			t.Errorf("%+v: %v", rec, err)
		}
	}
}

// FuzzCodecs: any stored value is a record or errRecord, and a record survives a round trip.
func FuzzCodecs(f *testing.F) {
	rec := Record{
		Role: "user", Version: 7, User: "u1", Name: "Zoë", Device: "d", Agent: "a\nb", Created: time.UnixMilli(1), Ends: 2,
	}
	for name, c := range Codecs {
		text, err := c.encode(&rec)
		if err != nil {
			f.Fatal(name, err)
		}
		if back, err := c.decode(text); err != nil || back != rec {
			f.Errorf("%s made %+v of %+v, %v", name, back, rec, err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
		f.Add(text + text)
	}
	f.Add("user\n" + `{"Created":1e300}`)
	f.Add("user\nu\nn\nd\n1\n2\n")
	f.Add("user\nu\nn\nd\n1\n")
	f.Add("user 7\nu\nn\nd\n1\n2\n")
	f.Add("user 9223372036854775808\nu\nn\nd\n1\n2\n")
	f.Add("user -1 2\nu\nn\nd\n1\n2\n")
	f.Add("user\nu\nn\nd\n+1\n99999999999999999999\n")
	f.Fuzz(func(t *testing.T, text string) {
		for name, c := range Codecs {
			rec, err := c.decode(text)
			if err != nil {
				if !errors.Is(err, errRecord) {
					t.Fatal(name, err)
				}
				continue
			}
			again, err := c.encode(&rec)
			if len(text) > storedBytes/8 && errors.Is(err, errRecord) {
				continue // JSON escapes one character by up to six
			}
			if err != nil {
				t.Fatal(name, err)
			}
			if same, err := c.decode(again); err != nil || same != rec {
				t.Errorf("%s: %q became %q, and that %+v, %v", name, text, again, same, err)
			}
		}
	})
}

// TestRecordsAreBounded: no codec writes or reads more than the largest record, and each stores one nearly as large.
func TestRecordsAreBounded(t *testing.T) {
	for name, c := range Codecs {
		large := Record{User: "u1", Agent: strings.Repeat("a", storedBytes), Created: time.UnixMilli(1), Ends: 2}
		if _, err := c.encode(&large); !errors.Is(err, errRecord) {
			t.Errorf("%s writes more than %d bytes: %v", name, storedBytes, err)
		}
		text, err := c.write(&large)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := c.decode(text); !errors.Is(err, errRecord) {
			t.Errorf("%s reads %d bytes: %v", name, len(text), err)
		}
		fits := large
		fits.Agent = fits.Agent[:storedBytes-(len(text)-storedBytes)]
		if text, err = c.encode(&fits); err != nil || len(text) < storedBytes-1 {
			t.Errorf("%s does not write %d bytes: %v", name, len(text), err)
		}
		if back, err := c.decode(text); err != nil || back != fits {
			t.Errorf("%s does not read %d bytes: %v", name, len(text), err)
		}
	}
}

func BenchmarkCodecs(b *testing.B) {
	rec := Record{
		Role: "user", Version: 1, User: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Name: "load-000000", Device: NewDevice(),
		Agent:   "curl/8.5.0",
		Created: time.Now(), Ends: 2,
	}
	for name, c := range Codecs {
		text, err := c.encode(&rec)
		if err != nil {
			b.Fatal(err)
		}
		measured(b, name+"/encode", func() error { _, err := c.encode(&rec); return err })
		measured(b, name+"/decode", func() error { _, err := c.decode(text); return err })
	}
	// The format of most stores for gorilla/sessions: the map of values, each with its type.
	values := map[any]any{
		"role": string(rec.Role), "user": rec.User, "name": rec.Name, "device": rec.Device, "agent": rec.Agent,
		"created": rec.Created.UnixMilli(), "end": rec.Ends,
	}
	text, err := securecookie.GobEncoder{}.Serialize(values)
	if err != nil {
		b.Fatal(err)
	}
	measured(b, "gob of gorilla's values/encode", func() error {
		_, err := securecookie.GobEncoder{}.Serialize(values)
		return err
	})
	measured(b, "gob of gorilla's values/decode", func() error {
		var back map[any]any
		return securecookie.GobEncoder{}.Deserialize(text, &back)
	})
}

func measured(b *testing.B, name string, do func() error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := do(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
