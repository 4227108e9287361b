package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"authlab/servers/user"
)

// Record is the content of a session.
type Record struct {
	User string // account id
	Name string
	Role user.Role
	// Version is the account's when it had this role.
	Version int64
	Device  string // public name of this login
	// Created is the login, in whole milliseconds. Ends is when the session expires however busy it is, in milliseconds
	// since 1970: every request copies a record, so it is kept small.
	Created time.Time
	Ends    int64
	Agent   string // User-Agent at login
}

// begin sets the login. The clock is the store's, which all replicas share: an end set by one replica's clock would be
// a different moment for another's.
func (rec *Record) begin(now time.Time, absolute time.Duration) {
	rec.Created = now.Truncate(time.Millisecond)
	rec.Ends = rec.Created.Add(absolute).UnixMilli()
}

// over reports whether the session has used up its time, by the clock that begin used.
func (rec *Record) over(now time.Time) bool { return now.UnixMilli() >= rec.Ends }

// left is how much of its time remains.
func (rec *Record) left(now time.Time) time.Duration { return time.UnixMilli(rec.Ends).Sub(now) }

// A record is stored as seven lines: head, user, name, device, created, end, agent. Agent comes last, so that it may
// hold anything. Text costs what a binary layout costs (a line is found by one vector instruction, nothing is copied),
// and a student can read it with GET.
const recordLines = 7

var errRecord = errors.New("not a session record")

// head is the first line of a record, whatever the codec: the role, a space, and the version. A script in the store can
// replace it without knowing the rest.
func (rec *Record) head() (string, error) {
	if strings.ContainsAny(string(rec.Role), " \n") || rec.Version < 0 {
		return "", fmt.Errorf("%w: role", errRecord)
	}
	return string(rec.Role) + " " + strconv.FormatInt(rec.Version, 10), nil
}

// readHead reads what head wrote. Records from before versions have none, which is 0.
func (rec *Record) readHead(line string) error {
	role, digits, found := strings.Cut(line, " ")
	rec.Role = user.Role(role)
	if !found {
		return nil
	}
	version, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return fmt.Errorf("%w: version", errRecord)
	}
	rec.Version = int64(version)
	return nil
}

// text is the record as Text stores it.
func (rec *Record) text() (string, error) {
	head, err := rec.head()
	if err != nil {
		return "", err
	}
	for _, field := range []string{rec.User, rec.Name, rec.Device} {
		if strings.Contains(field, "\n") {
			return "", fmt.Errorf("%w: line break in a field", errRecord)
		}
	}
	return strings.Join([]string{
		head, rec.User, rec.Name, rec.Device,
		strconv.FormatInt(rec.Created.UnixMilli(), 10), strconv.FormatInt(rec.Ends, 10), rec.Agent,
	}, "\n"), nil
}

// recordOf reads what text wrote. The strings share s's memory.
func recordOf(s string) (rec Record, err error) {
	var lines [recordLines]string
	for i := range recordLines - 1 {
		var found bool
		if lines[i], s, found = strings.Cut(s, "\n"); !found {
			return rec, fmt.Errorf("%w: %d lines", errRecord, i+1)
		}
	}
	created, err := strconv.ParseInt(lines[4], 10, 64)
	if err != nil {
		return rec, fmt.Errorf("%w: created", errRecord)
	}
	end, err := strconv.ParseInt(lines[5], 10, 64)
	if err != nil {
		return rec, fmt.Errorf("%w: end", errRecord)
	}
	rec = Record{
		User: lines[1], Name: lines[2], Device: lines[3],
		Created: time.UnixMilli(created), Ends: end, Agent: s,
	}
	return rec, rec.readHead(lines[0])
}
