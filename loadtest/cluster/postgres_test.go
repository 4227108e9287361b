package cluster

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestPostgresAnswers uses a private PostgreSQL as a cluster's store. The replicas' URL leads to it and shows no
// password. Its backends' CPU and statements are counted, and nothing of it is left.
func TestPostgresAnswers(t *testing.T) {
	needs(t, postgresInstalled(), "postgresql")
	l := openLab(t, Config{Embedded: true, Postgres: true})
	scheme := fakeScheme("--store={store}")
	scheme.Store, scheme.Postgres = true, true
	spec := Spec{Name: "lone", Scheme: scheme, Replicas: 1}
	if l.Budgets().Name != "none" {
		spec.Budgets = map[Tier]float64{Store: 0.5}
	}
	c := start(t, l, spec)
	conn, err := pgx.Connect(t.Context(), c.storeURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, args := environmentOf(t, c); strings.Contains(strings.Join(args, " "), conn.Config().Password) ||
		conn.Config().Password == "" {
		t.Errorf("the password is on the command line %q, or does not exist", args)
	}
	stranger := conn.Config().Copy()
	stranger.Password = "wrong"
	if _, err := pgx.ConnectConfig(t.Context(), stranger); err == nil {
		t.Error("PostgreSQL accepts any password")
	}
	store := c.Store()
	count := func() (int64, time.Duration) {
		n, counted, err := store.Operations()
		if err != nil || !counted {
			t.Fatal(counted, err)
		}
		r, err := store.Read()
		if err != nil {
			t.Fatal(err)
		}
		return n, r.CPU
	}
	asked, used := count()
	const statements = 200
	for range statements {
		if _, err := conn.Exec(t.Context(), "SELECT count(*) FROM generate_series(1, 10000)"); err != nil {
			t.Fatal(err)
		}
	}
	askedNow, usedNow := count()
	if n := askedNow - asked; n < statements || n > statements+2 {
		t.Errorf("%d statements were counted, %d sent", n, statements)
	}
	if usedNow-used < 10*time.Millisecond { // 2,000,000 rows: no backend counts them faster
		t.Errorf("%v of CPU for %d statements: the backends are not counted", usedNow-used, statements)
	}
	if err := store.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT 1"); err == nil {
		t.Error("a paused PostgreSQL answers")
	}
	if err := store.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left := footprint(l.Nonce()); len(left) > 0 {
		t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
	}
}
