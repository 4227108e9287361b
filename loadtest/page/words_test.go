package page

import "testing"

// TestKept: a line breaks neither between a figure and its unit nor within an interval, and breaks elsewhere.
func TestKept(t *testing.T) {
	for text, want := range map[string]string{
		"takes 0.42 ms with Redis":        "takes 0.42\u00a0ms with Redis",
		"[5.55 6.82] µs and 95 % of 1 s.": "[5.55\u00a06.82]\u00a0µs and 95\u00a0% of 1\u00a0s.",
		"1.34 [1.30 1.38] ×, 0.02 core":   "1.34 [1.30\u00a01.38]\u00a0×, 0.02\u00a0core",
		"1 min 30 s, 8 replicas":          "1\u00a0min 30\u00a0s, 8 replicas",
		"5 schemes, [-7 +13], 2 hours":    "5 schemes, [-7\u00a0+13], 2 hours",
		"1 ms가 걸리는":                       "1\u00a0ms가 걸리는",
		"CPU를 1 ms 쓰는 핸들러, 86 %를":         "CPU를 1\u00a0ms 쓰는 핸들러, 86\u00a0%를",
	} {
		if got := kept(text); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
