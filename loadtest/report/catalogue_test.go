package report

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/belief"
	"authlab/loadtest/experiment/exploit"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
)

// names are words of data, in any language: units, measures, programs, and words of plans and of raw files.
const names = `ms ns MiB KiB kB GC CPU GET me PLAN PLATFORM N
	p50 p90 p99 p99.9 x86 Go sha256 UTC
	make bench bin authlab report build git checkout results runs plan yaml embedded scheme target users FILE
	demand ladder tiers scaling latency capacity delays memory logins incidents exploits closed open
	GENERATOR BOUND IDLE TIER NOISY MISSING TREATMENT MIXED UP THROTTLED COUNTED UNUSUAL OTHER
	poisson constant wrong user unauthenticated not found ok error timeout refused replica stored balancerd`

// word is a word that a person reads, not a figure.
var word = regexp.MustCompile(`[A-Za-z]{2,}`)

// vocabulary are the words of names and of a run's data: its plan, its schemes and its environment.
func vocabulary(t *testing.T, run *measure.Run) map[string]bool {
	t.Helper()
	environment, err := json.Marshal(run.Environment)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{names, run.ID, string(run.Plan.Text()), string(environment)}
	for _, s := range run.Plan.NamedSchemes() {
		// How a scheme remembers users, and its caveats, are words of the plan's table.
		texts = append(texts, s.Name, s.State, strings.Join(s.Caveats, " "))
	}
	for _, e := range run.Events { // those of an older run are sentences, and so is what the test's runs have
		texts = append(texts, e.About, e.Sentence, e.Provide, asItIs(e.Said), asItIs(e.Help))
	}
	for _, m := range run.Measurements {
		for _, d := range m.Doubts {
			if d.Said.Key == "slice.note" {
				texts = append(texts, fmt.Sprint(d.Said.Args["text"]))
			}
		}
	}
	for _, f := range belief.Judge(analysed(run)) {
		texts = append(texts, f.Source.Title, f.Source.URL)
	}
	texts = append(texts, "CWE", exploit.Database)
	for _, c := range exploit.Columns(run.Plan) {
		texts = append(texts, c.Name)
	}
	for _, a := range exploit.Attacks {
		texts = append(texts, a.Name, a.Reference, a.CVE)
	}
	known := map[string]bool{}
	for _, w := range word.FindAllString(strings.Join(texts, " "), -1) {
		known[w] = true
	}
	return known
}

// asItIs is the text of a message that has no sentence in the catalogue.
func asItIs(m message.Message) string {
	if m.Key != "text" {
		return ""
	}
	return m.String()
}

// unmarked is what a text in the marked language says outside of the marks.
func unmarked(text string) string {
	var out strings.Builder
	depth := 0
	for _, r := range text {
		switch string(r) {
		case message.Opened:
			depth++
		case message.Closed:
			depth--
			out.WriteByte(' ')
		default:
			if depth <= 0 {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}

var (
	unseen = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`)
	spoken = regexp.MustCompile(`<[^>]*aria-label="([^"]*)"[^>]*>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
)

// seen is what a reader sees or hears of a page.
func seen(page string) string {
	page = spoken.ReplaceAllString(unseen.ReplaceAllString(page, ""), " $1 ")
	return html.UnescapeString(tag.ReplaceAllString(page, " "))
}

// TestEveryWordIsInTheCatalogue renders every report in a language whose sentences are marked. A word outside of the
// marks that is no data was said past the catalogue, and no translation can reach it.
func TestEveryWordIsInTheCatalogue(t *testing.T) {
	all := map[string]*measure.Run{
		"memory alone": measuretest.Lab{Plan: "name: mine\nschemes: [session-redis]\nmemory: {logins: [1000, 10000], " +
			"starts: 6}\n"}.Run(),
		"delays": measuretest.Lab{Plan: "name: mine\nschemes: [session-redis, token-push, token-hs256]\ndelays: " +
			"{replicas: 3, logins: 20}\n"}.Run(),
	}
	for name, run := range runs() {
		all[name] = run
	}
	for name, run := range all {
		t.Run(name, func(t *testing.T) {
			a, known := analysed(run), vocabulary(t, run)
			html, err := build(a).HTML(message.Marked)
			if err != nil {
				t.Fatal(err)
			}
			for form, text := range map[string]string{
				"html": seen(string(html)), "markdown": string(build(a).Markdown(message.Marked)),
				"picture": seen(Picture(a, Light, message.Marked)),
			} {
				if form == "picture" && text == "" {
					continue // no throughput was measured
				}
				if !strings.Contains(text, message.Opened) {
					t.Fatalf("%s: no sentence is marked:\n%s", form, text)
				}
				strangers(t, unmarked, text, known, form+" says %q past the catalogue: %s")
			}
		})
	}
}

// strangers are words that a text has and a vocabulary has not.
func strangers(t *testing.T, of func(string) string, text string, known map[string]bool, complaint string) {
	t.Helper()
	strange := map[string]bool{}
	for line := range strings.Lines(text) {
		for _, w := range word.FindAllString(of(line), -1) {
			if !known[w] && !strange[w] {
				strange[w] = true
				t.Errorf(complaint, w, strings.TrimSpace(line))
			}
		}
	}
}

// untranslated are words that Korean sentences have in Latin letters.
const untranslated = `authlab HMAC argon id Redis token denylist push session redis near claims zipf hot mean value
	analysis leeway cgroup RFC JWT RS HS GB bench EMBEDDED PARTIAL DRIFT VOID VALID NOISY kid HTTP README TLS readyz login
	which golang jwt`

// TestAKoreanReportIsInKorean: the words of a report in Korean that are in Latin letters are data or names. What a
// catalogue lacks would be in English.
func TestAKoreanReportIsInKorean(t *testing.T) {
	for _, name := range []string{"full", "moved", "unbudgeted", "partial", "void", "doubtful"} {
		run := runs()[name]
		known := vocabulary(t, run)
		for _, w := range strings.Fields(untranslated) {
			known[w] = true
		}
		text := string(build(analysed(run)).Markdown(message.Korean))
		if !strings.Contains(text, "측정하지 않은 것과 그 이유") {
			t.Errorf("%s is not in Korean:\n%s", name, text)
		}
		// The glossary explains the terms of the field beside their English.
		before, glossary, found := strings.Cut(text, "## "+message.New("glossary.title").In(message.Korean)+"\n")
		_, after, more := strings.Cut(glossary, "\n## ")
		if !found || !more {
			t.Errorf("%s has no glossary", name)
		}
		strangers(t, func(line string) string { return line }, before+after, known, name+" says %q in Korean: %s")
	}
}

// TestWhatIsUnmarked: the test above sees what stands between, around and within marked sentences.
func TestWhatIsUnmarked(t *testing.T) {
	said := message.New("answer.with", "what", "hidden", "replicas", 8)
	list := message.New("answer.cost-withheld", "schemes", []string{"one", "two", "three"})
	parts := message.New("answer.costly", "schemes", []message.Message{said, message.Text("told")})
	for text, want := range map[string][]string{
		said.In(message.Marked):                               {"hidden"},
		list.In(message.Marked) + " tail":                     {"one", "two", "three", "tail"},
		parts.In(message.Marked):                              {"hidden", "told"},
		"head " + message.Text("as it is").In(message.Marked): {"head", "as", "it", "is"},
		message.New("answer.void").In(message.Marked):         nil,
	} {
		if got := word.FindAllString(unmarked(text), -1); !slices.Equal(got, want) {
			t.Errorf("%q: outside of the marks is %q, want %q", text, got, want)
		}
	}
}
