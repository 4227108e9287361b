package store

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// TestOwner: the scripts find a record's owner and end, whatever its codec, as the codecs do.
func TestOwner(t *testing.T) {
	t.Run("miniredis", func(t *testing.T) { owners(t, storetest.Mini(t).Addr()) })
	t.Run("redis", func(t *testing.T) { owners(t, storetest.Redis(t, "").Addr) })
}

func owners(t *testing.T, addr string) {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{addr}, DisableCache: true,
		ForceSingleClient: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	script := luaScript(luaOwner, `
local user, device, ends = owner(KEYS[1], ARGV[1])
if not user then return {} end
return {user, device, string.format('%.0f', tonumber(ends))}`)
	random := rand.New(rand.NewPCG(5, 6))
	word := func() string { return strings.Repeat("ü\"<\\z"[:1+random.IntN(6)], random.IntN(90)) }
	for name, c := range Codecs {
		ask := func(record string) []string {
			t.Helper()
			said, err := script.Exec(context.Background(), client, []string{c.key(Key{1})}, []string{record}).AsStrSlice()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return said
		}
		for range 300 {
			rec := Record{
				Role: user.RoleUser, Version: random.Int64N(1 << 40),
				User: strings.ToValidUTF8(word(), "?"), Name: strings.ToValidUTF8(word(), "?"),
				Device: strings.ToValidUTF8(word(), "?"), Agent: strings.ToValidUTF8(word(), "?") + "\nu1\n",
				Created: time.UnixMilli(random.Int64N(1 << 42)), Ends: 1 + random.Int64N(1<<42),
			}
			record, err := c.encode(&rec)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{rec.User, rec.Device, strconv.FormatInt(rec.Ends, 10)}
			if got := ask(record); strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%s: %q is taken for %.80q, want %.80q", name, record[:min(40, len(record))], got, want)
			}
			ask(record[:random.IntN(len(record))]) // any result will do, as long as it terminates
		}
		for _, junk := range []string{
			"", "x", "\n", "user 1\n", "user 1\n{", "user 1\n[]", "user 1\n\xff\xff\xff",
			"user 1\nnull",
		} {
			if got := ask(junk); len(got) != 0 {
				t.Errorf("%s: %q is taken for %q's", name, junk, got)
			}
		}
	}
}
