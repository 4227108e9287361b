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
