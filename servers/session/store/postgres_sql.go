package store

import (
	"fmt"
	"time"
)

// A session is a row under the hash of its id. idle_end moves with each use, and an index on it would be written each
// time. So the sweep uses an index on sweep_after, the same time rounded up. While that is unchanged, PostgreSQL writes
// the row's new version beside the old one and touches no index (a heap-only tuple); pages reserve room for this.
//
// Add the columns for versions and veils to an older table once, without IF NOT EXISTS, which would lock it at every
// start.
//
// Replicas that start together wait for each other at the lock: two simultaneous IF NOT EXISTS can both find nothing,
// and then one fails.
const schema = `
BEGIN;
SELECT pg_advisory_xact_lock(7310868736);
CREATE TABLE IF NOT EXISTS authlab_sessions (
	key         bytea PRIMARY KEY,
	role        text NOT NULL,
	version     bigint NOT NULL DEFAULT 0,
	user_id     text NOT NULL,
	name        text NOT NULL,
	device      text NOT NULL,
	created     timestamptz NOT NULL,
	ends        timestamptz NOT NULL,
	agent       text NOT NULL,
	idle_end    timestamptz NOT NULL,
	sweep_after timestamptz NOT NULL
) WITH (fillfactor = 60);
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'authlab_sessions'::regclass AND attname = 'version') THEN
		ALTER TABLE authlab_sessions ADD COLUMN version bigint NOT NULL DEFAULT 0;
	END IF;
END $$;
CREATE UNIQUE INDEX IF NOT EXISTS authlab_sessions_device ON authlab_sessions (user_id, device);
CREATE INDEX IF NOT EXISTS authlab_sessions_sweep ON authlab_sessions (sweep_after);
CREATE TABLE IF NOT EXISTS authlab_session_traces (
	key     bytea PRIMARY KEY,
	user_id text NOT NULL,
	device  text NOT NULL,
	until   timestamptz NOT NULL,
	to_key  bytea,
	veil    bytea
);
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'authlab_session_traces'::regclass AND attname = 'veil') THEN
		ALTER TABLE authlab_session_traces ADD COLUMN to_key bytea, ADD COLUMN veil bytea;
	END IF;
END $$;
CREATE INDEX IF NOT EXISTS authlab_session_traces_sweep ON authlab_session_traces (until);
COMMIT`

const (
	alive  = `idle_end > statement_timestamp() AND ends > statement_timestamp()`
	record = `role, version, user_id, name, device, created, ends, agent`
)

// statements are those that depend on a session's lifetime.
type statements struct{ create, touch, look, update, move, devices string }

// statementsFor puts the lifetimes into the text, so that PostgreSQL computes with them once and not for each request.
// idle is the idle time of a session that was just used.
func statementsFor(idle, absolute time.Duration) statements {
	end := "statement_timestamp() + " + interval(idle)
	// A twentieth of a lifetime: a session in use rewrites its index entry twenty times in that time and not with each
	// use.
	coarse := interval(max(idle/20, time.Millisecond))
	later := fmt.Sprintf(`date_bin(%s, %s, timestamptz 'epoch') + %[1]s`, coarse, end)
	slide := fmt.Sprintf(`idle_end = %s, sweep_after = %s`, end, later)
	const login = `date_trunc('milliseconds', statement_timestamp())`
	return statements{
		create: fmt.Sprintf(`INSERT INTO authlab_sessions (key, %s, idle_end, sweep_after)
			VALUES ($1, $2, $3, $4, $5, $6, %s, %[2]s + %s, $7, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING %[1]s`,
			record, login, interval(absolute), end, later),
		touch: fmt.Sprintf(`UPDATE authlab_sessions SET %s WHERE key = $1 AND %s RETURNING %s`, slide, alive, record),
		look: fmt.Sprintf(`SELECT %s, idle_end - statement_timestamp(), current_setting('transaction_read_only') = 'on'
			FROM authlab_sessions WHERE key = $1 AND %s`, record, alive),
		update: fmt.Sprintf(`UPDATE authlab_sessions SET name = $2, created = $3, ends = $4, agent = $5
			WHERE key = $1 AND %s`, alive),
		move: fmt.Sprintf(`WITH moved AS (UPDATE authlab_sessions SET key = $2, %s
				WHERE key = $1 AND %s AND clock_timestamp() < $3 RETURNING user_id, device, ends),
			traced AS (INSERT INTO authlab_session_traces (key, user_id, device, until, to_key, veil)
				SELECT $1, user_id, device, statement_timestamp() + %s, $2, $4 FROM moved)
			SELECT ends - statement_timestamp() FROM moved`, slide, alive, interval(TraceFor)),
		devices: fmt.Sprintf(`SELECT %s, idle_end - %s FROM authlab_sessions WHERE user_id = $1 AND %s`,
			record, interval(idle), alive),
	}
}

func interval(d time.Duration) string {
	return fmt.Sprintf(`interval '%d microseconds'`, d.Microseconds())
}

// The other statements. A trace names the device besides the new key, so that it leads to the session after further
// moves too.
var (
	findMoved = fmt.Sprintf(`SELECT %s, ends - statement_timestamp(), veil FROM authlab_sessions JOIN
		(SELECT to_key, veil FROM authlab_session_traces WHERE key = $1 AND until > statement_timestamp()) trace
		ON key = to_key WHERE %s`,
		record, alive)
	endSession = fmt.Sprintf(`WITH trace AS (DELETE FROM authlab_session_traces
			WHERE key = $1 AND until > statement_timestamp() RETURNING user_id, device)
		DELETE FROM authlab_sessions WHERE (key = $1 OR user_id = $2 AND device = $3
			OR (user_id, device) IN (SELECT user_id, device FROM trace)) AND %s`, alive)
	endDevice = fmt.Sprintf(`DELETE FROM authlab_sessions WHERE user_id = $1 AND device = $2 AND %s`, alive)

	sweepSessions = sweeping("authlab_sessions", "sweep_after")
	sweepTraces   = sweeping("authlab_session_traces", "until")
)

const (
	clock   = `SELECT clock_timestamp()`
	endUser = `DELETE FROM authlab_sessions WHERE user_id = $1 AND device <> $2`
	setRole = `UPDATE authlab_sessions SET role = $2, version = $3 WHERE user_id = $1 AND version < $3`
)

// sweeping removes a batch of expired sessions, the oldest first.
func sweeping(table, end string) string {
	return fmt.Sprintf(`DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %[1]s WHERE %s <= statement_timestamp()
		ORDER BY %[2]s LIMIT %d FOR UPDATE SKIP LOCKED))`, table, end, postgresBatch)
}
