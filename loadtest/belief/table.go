package belief

import "authlab/loadtest/message"

// beliefs are what is said most, a row each. A new one is a row here, its sentences in the catalogue, and a function in
// tests.go.
var beliefs = []belief{
	{
		"belief-scale", message.New("belief.scale"),
		Source{"heolab.dev", "https://heolab.dev/blog/jwt-vs-session-tokens"},
		"scaling", message.New("belief.needs-scaling"), scale,
	},
	{
		"belief-faster", message.New("belief.faster"),
		Source{
			"codesyllabus.com",
			"https://www.codesyllabus.com/courses/backend/node/node-sesion-redis",
		},
		"cost", message.New("belief.needs-costs"), faster,
	},
	{
		"belief-28", message.New("belief.times"),
		Source{
			"Khattak 2025, IACyC",
			"https://proceedings.iacyc.finki.ukim.mk/2025/paper/13/comparative-security-and-performance-analysis-of-" +
				"session-based-and-jwt-based-web-session-mechanisms",
		},
		"cost", message.New("belief.needs-costs"), times,
	},
	{
		"belief-latency", message.New("belief.latency"),
		Source{
			"kihocche.com",
			"https://www.kihocche.com/auth/jwt-vs-session-tokens-production",
		},
		"latency", message.New("belief.needs-latency"), latency,
	},
	{
		"belief-lookup", message.New("belief.lookup"),
		Source{"jwtdecode.pages.dev", "https://jwtdecode.pages.dev/jwt-vs-session"},
		"cost", message.New("belief.needs-costs"), lookup,
	},
	{
		"belief-hybrid", message.New("belief.hybrid"),
		Source{
			"dev.to, digitaldrreamer",
			"https://dev.to/digitaldrreamer/session-tokens-vs-jwts-the-false-dichotomy-4ba5",
		},
		"delays", message.New("belief.needs-delays"), hybrid,
	},
	{
		"belief-revoke", message.New("belief.revoke"),
		Source{"resourcecentral.online", "https://resourcecentral.online/jwt-vs-session-tokens"},
		"delays", message.New("belief.needs-list"), revoke,
	},
	{
		"belief-short", message.New("belief.short"),
		Source{"thakurcoder.com", "https://www.thakurcoder.com/blog/short-lived-jwts-best-defense"},
		"delays", message.New("belief.needs-delays"), short,
	},
	{
		"belief-stale", message.New("belief.stale"),
		Source{"akber.com", "https://akber.com/tag/distributed/"},
		"delays", message.New("belief.needs-near"), stale,
	},
	{
		"belief-sticky", message.New("belief.sticky"),
		Source{
			"repovive.com",
			"https://repovive.com/roadmaps/system-design-interview-prep/building-block-load-balancing/session-persistence",
		},
		"scaling", message.New("belief.needs-sticky"), sticky,
	},
	{
		"belief-memory", message.New("belief.memory"),
		Source{
			"leyaa.ai",
			"https://leyaa.ai/codefly/learn/springboot/part-2/springboot-jwt-vs-sessionbased-decision/complexity",
		},
		"memory", message.New("belief.needs-memory"), memorySize,
	},
	{
		"belief-signing", message.New("belief.signing"),
		Source{
			"infinitydomainhosting.com",
			"https://infinitydomainhosting.com/kb/performance-impact-of-jwt-on-hosting-speed/",
		},
		"cost", message.New("belief.needs-costs"), signing,
	},
	{
		"belief-rs256", message.New("belief.rs256"),
		Source{
			"encryptcodec.com",
			"https://encryptcodec.com/blog/rs256-vs-hs256-choosing-a-jwt-signing-algorithm",
		},
		"cost", message.New("belief.needs-rs256"), rs256,
	},
	{
		"belief-size", message.New("belief.size"),
		Source{"webutilslyce.com", "https://www.webutilslyce.com/compare/jwt-vs-session"},
		"cost", message.New("belief.needs-claims"), size,
	},
}
