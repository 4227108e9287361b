package message

import "testing"

// TestParticles: the particle follows the last sound of what is shown, as it is read aloud.
func TestParticles(t *testing.T) {
	for shown, want := range map[any]struct{ topic, by string }{
		"세션":                     {"세션은", "세션으로"},
		"저장소":                    {"저장소는", "저장소로"},
		"컨트롤":                    {"컨트롤은", "컨트롤로"},
		"시계 오차(clock skew)":      {"시계 오차(clock skew)는", "시계 오차(clock skew)로"},
		"지연 시간 (p99)":            {"지연 시간 (p99)은", "지연 시간 (p99)으로"},
		"1.39 [1.34 1.40]":       {"1.39 [1.34 1.40]는", "1.39 [1.34 1.40]로"},
		"(이름 없음)":                {"(이름 없음)은", "(이름 없음)으로"},
		"“세션”":                   {"“세션”은", "“세션”으로"},
		"처리량…":                   {"처리량…은", "처리량…으로"},
		0:                        {"0은", "0으로"},
		1:                        {"1은", "1로"},
		2:                        {"2는", "2로"},
		3:                        {"3은", "3으로"},
		4:                        {"4는", "4로"},
		5:                        {"5는", "5로"},
		6:                        {"6은", "6으로"},
		7:                        {"7은", "7로"},
		8:                        {"8은", "8로"},
		9:                        {"9는", "9로"},
		"1,000":                  {"1,000은", "1,000으로"},
		"39 %":                   {"39 %는", "39 %로"},
		"1.39 ×":                 {"1.39 ×는", "1.39 ×로"},
		"12ms":                   {"12ms는", "12ms로"},
		"3 µs":                   {"3 µs는", "3 µs로"},
		"1m30s":                  {"1m30s는", "1m30s로"},
		"2h05m":                  {"2h05m은", "2h05m으로"},
		"1.2 GB":                 {"1.2 GB는", "1.2 GB로"},
		"p99":                    {"p99는", "p99로"},
		"token-hs256":            {"token-hs256은", "token-hs256으로"},
		"session-redis":          {"session-redis는", "session-redis로"},
		"session-redis+5ms":      {"session-redis+5ms는", "session-redis+5ms로"},
		"session-memory":         {"session-memory는", "session-memory로"},
		"token-denylist":         {"token-denylist는", "token-denylist로"},
		"session-pool":           {"session-pool은", "session-pool로"},
		"control":                {"control은", "control로"},
		"control-again":          {"control-again은", "control-again으로"},
		"session-redis-plain":    {"session-redis-plain은", "session-redis-plain으로"},
		"token-hs256 (CPU time)": {"token-hs256 (CPU time)은", "token-hs256 (CPU time)으로"},
		"CPU":                    {"CPU는", "CPU로"},
		"JWT":                    {"JWT는", "JWT로"},
		"URL":                    {"URL은", "URL로"},
		"VM":                     {"VM은", "VM으로"},
		"":                       {"는", "로"},
	} {
		for pair, want := range map[string]string{"은/는": want.topic, "으로/로": want.by} {
			if got, err := particle(pair, shown); got != want || err != nil {
				t.Errorf("%v with %s: %s (%v), want %s", shown, pair, got, err, want)
			}
		}
	}
	for _, wrong := range []string{"", "는", "/는", "은/"} {
		if _, err := particle(wrong, "세션"); err == nil {
			t.Errorf("%q is taken for a pair", wrong)
		}
	}
}
