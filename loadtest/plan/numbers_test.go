package plan_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
)

// allFields has every field of a plan, one a line, except target, those that stand in another's place, and those of
// older plans; the other two have these.
const allFields = `name: mine
limit: 90s
seed: 3
users: 100
schemes: [token-hs256, session-redis]
resolution: 0.05
demand:
  slice: 50ms
  rounds: 6
  launches: 6
  connections: 4
  also: [token-es256]
ladder:
  slice: 200ms
  rounds: 2
  shares: [0.1, 0.5]
  connections: 4
tiers:
  slice: 50ms
  rounds: 2
  connections: 4
scaling:
  replicas: [1, 2, 4]
  budget: 0.1
  slice: 200ms
  rounds: 2
  connections: 4
  held_out: 4
latency:
  replicas: 2
  rates: [100, 200]
  slice: 1s
  samples: 100
  arrivals: poisson
capacity:
  replicas: [1, 2]
  budget: 0.1
  slice: 1s
  trials: 5
  p99: 100ms
  errors: 0.01
delays:
  replicas: 2
  logins: 5
memory:
  logins: [10, 20]
  beyond: 100
  starts: 2
logins:
  starts: 2
  logins: 10
  passwords: 2
  rate: 100
  storm: 4
  window: 1s
replay:
  slice: 50ms
  rounds: 2
  starts: 2
  connections: 4
  lanes: 2
incident:
  faults: [store-down]
  replicas: 2
  users: 100
  rate: 300
  before: 4s
  fault: 2s
  after: 4s
  times: 3
exploit:
  attacks: [alg-none]
  patience: 2s
exhaust:
  drains: [token-dots]
  starts: 2
  turns: 2
  slice: 40ms
  connections: 4
`

const allTargetFields = `name: mine
target:
  slice: 2s
  rounds: 2
  connections: [2, 4]
  rates: [50, 100]
  samples: 10
`

const insteadFields = `name: mine
schemes: [token-hs256, session-redis]
demand:
  slice: 50ms
  rounds: 6
  restarts: 6
  connections: 4
scaling:
  replicas: [1, 2, 4]
  up_to: {session-memory: 2}
  budgets:
    replica: 0.1
    store: 0.05
  slice: 200ms
  rounds: 2
  connections: 4
`

// fieldsOf returns the names of a plan's fields that hold numbers, durations or lists of numbers.
func fieldsOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		of := f.Type
		if of.Kind() == reflect.Pointer {
			names = append(names, fieldsOf(of.Elem())...)
			continue
		}
		if of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.String && of.Kind() != reflect.Interface {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			names = append(names, name)
		}
	}
	return names
}

// noNumbers are values that no field of a plan may have; with -short three of them.
func noNumbers() []string {
	if testing.Short() {
		return []string{".nan", "1e99", "-1"}
	}
	return []string{
		".nan", ".NaN", "nan", ".inf", "-.inf", "+.inf", "inf", "1e309", "-1e309",
		"1e99", "-1", "-0.5", "-1s", "99999999999999999999", "9223372036854775807", "~", "''", "0x",
	}
}

// TestInvalidNumbers gives every field of a plan values that are not numbers, and numbers that make no measurement
// possible. Each is refused in a sentence; none is taken for a largest or smallest value.
func TestInvalidNumbers(t *testing.T) {
	tried := map[string]bool{}
	for _, text := range []string{allFields, allTargetFields, insteadFields} {
		if _, err := plan.Parse("p.yaml", []byte(text), all.Parts()...); err != nil {
			t.Fatalf("the plan that is changed is itself refused: %v", err)
		}
		lines := strings.Split(text, "\n")
		for n, line := range lines {
			key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
			// names of schemes
			if !ok || !strings.ContainsAny(value, "0123456789") || strings.ContainsAny(value, "-") && value[0] == '[' {
				continue
			}
			tried[key] = true
			if inner, ok := strings.CutPrefix(value, "{"); ok { // one number by a name
				line = strings.Replace(line, ": "+value, ":", 1)
				name, number, _ := strings.Cut(strings.TrimSuffix(inner, "}"), ": ")
				nested := slices.Concat(lines[:n], []string{line, "    " + name + ": " + number}, lines[n+1:])
				for _, bad := range []string{".nan", "-1", "0", "0.5", "1e99", "99999999999999999999", "0x"} {
					refused(t, nested, n+1, name, bad)
				}
				continue
			}
			for _, bad := range noNumbers() {
				if key == "seed" && bad == "9223372036854775807" { // any whole number is a seed
					continue
				}
				// an empty value means the default
				if (key == "limit" || key == "held_out" || key == "beyond" || key == "seed" || key == "resolution" ||
					key == "errors" || key == "users" || key == "budget" || key == "restarts" ||
					key == "replica" || key == "store" || key == "launches") && (bad == "~" || bad == "''") {
					continue
				}
				wrong := bad
				if strings.HasPrefix(value, "[") {
					wrong = "[" + bad + "]"
				}
				refused(t, lines, n, key, wrong)
				if strings.HasPrefix(value, "[") {
					refused(t, lines, n, key, strings.Replace(value, "]", ", "+bad+"]", 1))
					refused(t, lines, n, key, strings.Replace(value, "[", "["+bad+", ", 1))
				}
			}
			if strings.HasPrefix(value, "[") {
				last := value[strings.LastIndex(value, " ")+1 : len(value)-1]
				refused(t, lines, n, key, strings.Replace(value, "]", ", "+last+"]", 1)) // the same twice
				refused(t, lines, n, key, strings.Replace(value, "]", ", 0]", 1))
				refused(t, lines, n, key, "[]", "target.rates")
			} else if key != "limit" && key != "held_out" && key != "beyond" && key != "seed" && key != "errors" {
				refused(t, lines, n, key, "0")
			}
			refused(t, lines, n, key, value+"\n"+line) // the key twice
		}
	}
	names := fieldsOf(reflect.TypeFor[plan.Plan]())
	for _, kind := range all.Kinds {
		names = append(names, fieldsOf(reflect.TypeOf(kind.Part()).Elem())...)
	}
	for _, name := range names {
		if !tried[name] {
			t.Errorf("no number was tried as %s", name)
		}
	}
}

func refused(t *testing.T, lines []string, n int, key, value string, unless ...string) {
	t.Helper()
	indent := lines[n][:strings.Index(lines[n], key)]
	changed := strings.Join(lines[:n], "\n") + "\n" + indent + key + ": " + value + "\n" + strings.Join(lines[n+1:],
		"\n")
	part := ""
	for i := n; i >= 0 && indent != ""; i-- {
		if !strings.HasPrefix(lines[i], " ") {
			part = strings.TrimSuffix(lines[i], ":") + "."
			break
		}
	}
	for _, u := range unless {
		if u == part+key {
			return
		}
	}
	_, err := plan.Parse("p.yaml", []byte(changed), all.Parts()...)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "p.yaml:") ||
		len(err.Error()) > 300 {
		t.Errorf("%s%s: %s: %v", part, key, value, fmt.Sprint(err))
	}
}
