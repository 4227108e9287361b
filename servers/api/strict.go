package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errObject  = errors.New("it must be exactly one object")
	errMember  = errors.New("a member is unknown, or not in its exact case")
	errTwice   = errors.New("a member occurs twice")
	errMissing = errors.New("a member is missing")
	errType    = errors.New("a member has the wrong type")
	errText    = errors.New("it must be valid UTF-8, without half a surrogate pair")
)

// strict decodes the object in body into the struct that into points to: each member exactly once. What encoding/json
// forgives (other case, the last of two, missing members, null, invalid text) is an error here, so that a proxy in
// front of this server cannot read a different body. The errors repeat nothing of the body, which may hold a password.
func strict(body []byte, into any) error {
	given, err := members(body)
	if err != nil {
		return err
	}
	var wanted []string
	for t, i := reflect.TypeOf(into).Elem(), 0; i < t.NumField(); i++ {
		wanted = append(wanted, t.Field(i).Tag.Get("json"))
	}
	for _, name := range given {
		if !slices.Contains(wanted, name) {
			return errMember
		}
	}
	if len(given) != len(wanted) {
		return errMissing
	}
	if err := json.Unmarshal(body, into); err != nil {
		return errType
	}
	return nil
}

// members returns the names in a JSON object, in order. A null value is refused like a missing one.
func members(body []byte) ([]string, error) {
	if !text(body) {
		return nil, errText
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errObject
	}
	var names []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errObject
		}
		if slices.Contains(names, name.(string)) {
			return nil, errTwice
		}
		names = append(names, strings.Clone(name.(string)))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errObject
		}
		if string(value) == "null" {
			return nil, errType
		}
		if len(names) > 16 {
			return nil, errMember
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errObject
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errObject
	}
	return names, nil
}

// text reports whether every reader takes body for the same text: valid UTF-8 (RFC 8259 section 8.1), and no escape for
// half a surrogate pair (section 8.2). encoding/json reads U+FFFD for invalid text, so different passwords would be the
// same.
func text(body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	for len(body) > 0 {
		at := bytes.IndexByte(body, '\\')
		if at < 0 {
			return true
		}
		body = body[at:]
		first, ok := escaped(body)
		if !ok {
			body = body[min(2, len(body)):] // another escape: the backslash and one character
			continue
		}
		body = body[6:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, _ := escaped(body)
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return false
		}
		body = body[6:]
	}
	return true
}

// escaped returns the code unit of the escape \uXXXX that b begins with.
func escaped(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(unit), err == nil
}
