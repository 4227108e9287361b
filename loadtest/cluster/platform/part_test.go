package platform

import (
	"errors"
	"testing"
)

func TestVersionIn(t *testing.T) {
	for said, want := range map[string]string{
		"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0": "7.0.15",
		"HAProxy version 2.6.12-1+deb12u4 2026/10/17":                "2.6.12",
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)":       "15.18",
		"command not found": "",
	} {
		if got := VersionIn(said); got != want {
			t.Errorf("%q has the version %q, want %q", said, got, want)
		}
	}
}

func TestComplaint(t *testing.T) {
	for _, test := range []struct {
		said string
		err  error
		want string
	}{
		{"no memory\nmore of it\n", nil, "no memory"},
		{"\n no memory\n", errors.New("exit status 1"), "exit status 1 no memory"},
		{"", errors.New("exit status 1"), "exit status 1"},
	} {
		if got := Complaint(test.said, test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
