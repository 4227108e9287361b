package storetest

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Age advances the server's clock as far as its content can tell: it shortens what each key has left, and shifts the
// times in sessions.
func (s *Server) Age(d time.Duration) {
	s.t.Helper()
	s.do(func(client rueidis.Client) error { return ageAll(client, d) })
}

// Age is Server.Age for a store in the test's own process.
func Age(t testing.TB, addr string, d time.Duration) {
	t.Helper()
	(&Server{Addr: addr, t: t}).Age(d)
}

var age = rueidis.NewLuaScript(`
for _, key in ipairs(redis.call('KEYS', '*')) do
  redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
end
return 1`)

func ageAll(client rueidis.Client, d time.Duration) error {
	ctx := context.Background()
	if err := age.Exec(ctx, client, nil, []string{strconv.FormatInt(d.Milliseconds(), 10)}).Error(); err != nil {
		return err
	}
	for codec, older := range map[string]func(string, time.Duration) (string, error){
		"s": olderText, "g": olderGob,
		"j": olderJSON,
	} {
		keys, err := client.Do(ctx, client.B().Keys().Pattern("authlab:"+codec+"1:*").Build()).AsStrSlice()
		if err != nil {
			return err
		}
		var get, set []rueidis.Completed
		for _, key := range keys {
			get = append(get, client.B().Get().Key(key).Build())
		}
		for i, res := range client.DoMulti(ctx, get...) {
			record, err := res.ToString()
			if err != nil {
				continue // it is gone, or not a session
			}
			head, rest, found := strings.Cut(record, "\n")
			if !found {
				continue
			}
			if rest, err = older(rest, d); err != nil {
				return fmt.Errorf("age %s: %w", keys[i], err)
			}
			set = append(set, client.B().Arbitrary("SET").Keys(keys[i]).Args(head+"\n"+rest, "XX", "KEEPTTL").Build())
		}
		for _, res := range client.DoMulti(ctx, set...) {
			if err := res.Error(); err != nil && !rueidis.IsRedisNil(err) {
				return err
			}
		}
	}
	return nil
}

func olderText(rest string, d time.Duration) (string, error) {
	lines := strings.SplitN(rest, "\n", 6) // user, name, device, created, end, agent
	if len(lines) != 6 {
		return "", fmt.Errorf("%d lines", len(lines))
	}
	for i := range lines[3:5] {
		at, err := strconv.ParseInt(lines[3+i], 10, 64)
		if err != nil {
			return "", err
		}
		lines[3+i] = strconv.FormatInt(at-d.Milliseconds(), 10)
	}
	return strings.Join(lines, "\n"), nil
}

// serialized is a session as gob and JSON have it.
type serialized struct {
	User, Name, Device string
	Created, End       int64
	Agent              string
}

func (s *serialized) older(d time.Duration) {
	s.Created -= d.Milliseconds()
	s.End -= d.Milliseconds()
}

func olderGob(rest string, d time.Duration) (string, error) {
	var s serialized
	if err := gob.NewDecoder(strings.NewReader(rest)).Decode(&s); err != nil {
		return "", err
	}
	s.older(d)
	var out bytes.Buffer
	err := gob.NewEncoder(&out).Encode(s)
	return out.String(), err
}

func olderJSON(rest string, d time.Duration) (string, error) {
	var s serialized
	if err := json.Unmarshal([]byte(rest), &s); err != nil {
		return "", err
	}
	s.older(d)
	out, err := json.Marshal(s)
	return string(out), err
}
