package store

import (
	"errors"
	"testing"
	"time"
)

func TestRecordRefusesLineBreaks(t *testing.T) {
	for _, rec := range []Record{{Role: "a\nb"}, {User: "\n"}, {Name: "\nadmin"}, {Device: "x\n"}} {
		if _, err := rec.encode(); !errors.Is(err, errRecord) {
			t.Errorf("%+v: %v", rec, err)
		}
	}
}

// FuzzCodecs: whatever lies in the store is a record or errRecord, and what is a record stays one.
func FuzzCodecs(f *testing.F) {
	rec := Record{
		Role: "user", User: "u1", Name: "Zoë", Device: "d", Agent: "a\nb", Created: time.UnixMilli(1), End: time.UnixMilli(2),
	}
	for name, c := range Codecs {
		text, err := c.encode(&rec)
		if err != nil {
			f.Fatal(name, err)
		}
		if back, err := c.decode(text); err != nil || back != rec {
			f.Errorf("%s made %+v of %+v, %v", name, back, rec, err)
		}
		f.Add(name, text)
		f.Add(name, text[:len(text)/2])
		f.Add(name, text+text)
	}
	f.Add("json", `user`+"\n"+`{"Created":1e300}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		c, ok := Codecs[name]
		if !ok {
			return
		}
		rec, err := c.decode(text)
		if err != nil {
			if !errors.Is(err, errRecord) {
				t.Fatal(err)
			}
			return
		}
		again, err := c.encode(&rec)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := c.decode(again); err != nil || same != rec && name != "json" {
			t.Errorf("%s: %q became %q", name, text, again)
		}
	})
}

func BenchmarkCodecs(b *testing.B) {
	rec := Record{
		Role: "user", User: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Name: "load-000000", Device: NewDevice(), Agent: "curl/8.5.0",
		Created: time.Now(), End: time.Now(),
	}
	for name, c := range Codecs {
		text, err := c.encode(&rec)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/decode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.decode(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzRecord(f *testing.F) {
	rec := Record{
		Role: "user", User: "u1", Name: "Zoë", Device: "d", Agent: "a\nb",
		Created: time.UnixMilli(1), End: time.UnixMilli(2),
	}
	text, err := rec.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("user\nu\nn\nd\n1\n2\n")
	f.Add("user\nu\nn\nd\n1\n")
	f.Add("user\nu\nn\nd\n+1\n99999999999999999999\n")
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := decodeRecord(text)
		if err != nil {
			if !errors.Is(err, errRecord) {
				t.Fatal(err)
			}
			return
		}
		again, err := rec.encode()
		if err != nil {
			t.Fatal(err)
		}
		if same, err := decodeRecord(again); err != nil || same != rec {
			t.Errorf("%q became %q", text, again)
		}
	})
}
