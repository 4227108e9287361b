package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

var translated = flag.Bool("translated", false, "note that the Korean sentences say what the English ones say now")

// others are the languages that are held against English.
func others() []message.Language { return message.English.Others() }

// TestEveryLanguageHasEveryKey: a language has the keys of English and no other, and its sentences name the same
// arguments.
func TestEveryLanguageHasEveryKey(t *testing.T) {
	english := sentences(t)
	for _, l := range others() {
		own := sentencesIn(t, l)
		for key, sentence := range english {
			switch translation, ok := own[key]; {
			case !ok:
				t.Errorf("%s has no translation to %s: %q", key, l, sentence)
			case !maps.Equal(argumentsOf(sentence), argumentsOf(translation)):
				t.Errorf("%s names other arguments in %s: %q and %q", key, l, sentence, translation)
			}
		}
		for key := range own {
			if _, ok := english[key]; !ok {
				t.Errorf("English has no %s, and %s does", key, l)
			}
		}
	}
}

// argumentsOf are the arguments that a sentence names.
func argumentsOf(sentence string) map[string]bool {
	named := map[string]bool{}
	for _, action := range actions.FindAllString(sentence, -1) {
		for _, found := range argument.FindAllStringSubmatch(action, -1) {
			named[found[1]] = true
		}
	}
	return named
}

var actions = regexp.MustCompile(`{{[^}]*}}`)

// TestTranslationsAreOfTheseSentences: when an English sentence changes, its translation is read again, and -translated
// notes that it was.
func TestTranslationsAreOfTheseSentences(t *testing.T) {
	const file = "testdata/translated.txt"
	var now bytes.Buffer
	english := sentences(t)
	for _, key := range slices.Sorted(maps.Keys(english)) {
		fmt.Fprintf(&now, "%s %.4x\n", key, sha256.Sum256([]byte(english[key])))
	}
	if *translated {
		if err := os.WriteFile(file, now.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	noted := strings.Split(string(text), "\n")
	for line := range strings.Lines(now.String()) {
		if line = strings.TrimSuffix(line, "\n"); !slices.Contains(noted, line) {
			key, _, _ := strings.Cut(line, " ")
			t.Errorf("the English of %s changed since it was translated: %q; see that the translations say that, then run "+
				"go test ./loadtest -run Translations -translated", key, english[key])
		}
	}
}

// glossary are words of the lab, and the Korean ones that stand for each: see CONTRIBUTING.md. A sentence may do
// without the word where its other words say the same; those are named.
var glossary = []struct {
	english string
	korean  []string
	without []string // keys
}{
	{`access token`, []string{"액세스 토큰"}, nil},
	{`refresh tokens?`, []string{"리프레시 토큰"}, nil},
	{`sessions?`, []string{"세션"}, nil},
	{`tokens?`, []string{"토큰"}, nil},
	{`replicas?`, []string{"레플리카", "대"}, []string{"incident.store-demoted.title"}}, // one of Redis is a 복제본
	{`stores?`, []string{"저장소"}, nil},
	{`balancers?`, []string{"로드 밸런서"}, nil},
	{`generators?`, []string{"부하 생성기", "생성기"}, nil},
	{`control`, []string{"대조군", "cgroup"}, nil},
	{`schemes?`, []string{"방식"}, nil},
	{`slices?`, []string{"슬라이스"}, nil},
	{
		`rounds?`, []string{"라운드"}, // but not of a round trip
		[]string{
			"slice.delay", "distance.away", "distance.text", "distance.trips", "limits.network-so", "reading.distance-why",
			"reading.latency-why", "which.ask-distance", "which.bad-distance", "which.head-wait",
		},
	},
	{`budgets?`, []string{"할당량"}, nil},
	{`throughput`, []string{"처리량"}, nil},
	{`latency|latencies`, []string{"지연 시간"}, nil},
	{`bottleneck`, []string{"병목"}, nil},
	{`intervals?`, []string{"신뢰 구간"}, nil},
	{`median`, []string{"중앙값"}, nil},
	{`samples?`, []string{"표본"}, nil},
	{`withheld`, []string{"제시하지 않"}, nil},
	{`expires?|expiry|expired`, []string{"만료"}, nil},
	{`revoked|revocation`, []string{"무효화"}, nil},
	{`signatures?|signed token`, []string{"서명"}, nil},
	{`saturated|saturation`, []string{"포화"}, nil},
	{`lower bound`, []string{"하한"}, nil},
	{`noise`, []string{"잡음"}, nil},
	{`cache`, []string{"캐시"}, nil},
	{`sticky`, []string{"스티키"}, nil},
	{`memory`, []string{"메모리"}, []string{"which.range-users"}}, // the plan of this name
	{`machines?`, []string{"머신"}, nil},
}

// TestTheGlossaryIsKept: a word of the lab has one translation in all sentences.
func TestTheGlossaryIsKept(t *testing.T) {
	english, korean := sentences(t), sentencesIn(t, message.Korean)
	for _, term := range glossary {
		word := regexp.MustCompile(`(?i)(^|[^\w-])(` + term.english + `)($|[^\w-])`)
		used := false
		for _, key := range slices.Sorted(maps.Keys(english)) {
			if spoken(key) || !word.MatchString(actions.ReplaceAllString(english[key], "")) {
				continue
			}
			used = true
			has := slices.ContainsFunc(term.korean, func(k string) bool { return strings.Contains(korean[key], k) })
			if has == slices.Contains(term.without, key) {
				t.Errorf("%s: %q is %s in Korean, and the translation is %q", key, term.english,
					strings.Join(term.korean, " or "), korean[key])
			}
		}
		if !used {
			t.Errorf("no sentence has %q", term.english)
		}
	}
}

// spoken reports whether a sentence is one of the lesson, which is spoken to a class: politely, and in freer words.
func spoken(key string) bool { return strings.HasPrefix(key, "demo.") }

// polite are the endings of speech.
var polite = regexp.MustCompile(`[합됩입습갑옵둡줍립랍]니다|세요`)

// stiff are what no Korean sentence of a report has: both forms of a particle at once, spellings that dictionaries do
// not have, and passives of passives.
var stiff = regexp.MustCompile(`[은이을과]\([는가를와]\)|\(으\)로|엑세스|리프레쉬|메세지|되어[지진졌]|어떨런지|그것은`)

// TestKoreanIsPlain: one style, one spelling, and particles that the function of the catalogue knows.
func TestKoreanIsPlain(t *testing.T) {
	known := []string{"은/는", "이/가", "을/를", "과/와", "으로/로", "이다/다", "이었다/였다"}
	pair := regexp.MustCompile(`particle "([^"]*)"`)
	for key, sentence := range sentencesIn(t, message.Korean) {
		if found := stiff.FindString(sentence); found != "" && !spoken(key) {
			t.Errorf("%s says %q: %s", key, found, sentence)
		}
		if found := polite.FindString(sentence); found != "" && !spoken(key) {
			t.Errorf("%s is polite where a report is plain, %q: %s", key, found, sentence)
		}
		for _, asked := range pair.FindAllStringSubmatch(sentence, -1) {
			if !slices.Contains(known, asked[1]) {
				t.Errorf("%s asks for the particles %q, which are not %s", key, asked[1], strings.Join(known, ", "))
			}
		}
	}
}

// TestDataIsTranslated: questions of the plans, and what the table of schemes says, are data in English, and shown in
// Korean in a Korean report.
func TestDataIsTranslated(t *testing.T) {
	var texts []string
	for _, name := range plan.Names() {
		p, err := plan.Load(name, all.Parts()...)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, p.Question)
	}
	schemes := slices.Concat(plan.Schemes, plan.Options, plan.Peers)
	for _, name := range []string{
		"session-redis+5ms", "session-redis+store-0.02", "session-redis+zipf-1.1", "session-redis+hot-0.5",
	} {
		s, err := plan.SchemeNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		schemes = append(schemes, s)
	}
	for _, s := range schemes {
		texts = append(append(texts, s.Caveats...), s.State)
	}
	hangul := regexp.MustCompile(`[가-힣]`)
	for _, text := range texts {
		if said := message.Text(
			text,
		).In(
			message.Korean,
		); !hangul.MatchString(said) && text != "Redis" &&
			text != "PostgreSQL" {
			t.Errorf("message/phrase/ko.yaml lacks %q", text)
		}
		if said := message.Text(text).String(); said != text {
			t.Errorf("in English %q becomes %q", text, said)
		}
	}
	if said := message.Text("users come at random, and one of them sends 0.5 of the requests").In(message.Korean); said !=
		"사용자가 무작위로 오며, 그중 한 명이 요청 가운데 0.5의 비율을 보낸다" {
		t.Errorf("a phrase with a place says %q", said)
	}
}

// TestLang: --lang chooses the language of what is written for people, and says which there are.
func TestLang(t *testing.T) {
	const run = "../results/reference"
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"check", run, "--lang", "ko", "--require", "cost(session-redis) <= 2.5 * cost(control)"}, 0, "지켜짐"},
		{[]string{"compare", run, run, "--lang", "de"}, 2, "authlab: there is no language \"de\": choose en or ko\n"},
		{[]string{"report", run, "--lang", "en-XA"}, 2, "choose en or ko"},
		{[]string{"bench", "--lang", ""}, 2, "choose en or ko"},
	} {
		var stdout, stderr bytes.Buffer
		code := authlab(t.Context(), test.args, &stdout, &stderr)
		if said := stdout.String() + stderr.String(); code != test.code || !strings.Contains(said, test.says) {
			t.Errorf("%v: exit code %d, want %d; it says\n%s\nand should say %q", test.args, code, test.code, said, test.says)
		}
	}
}
