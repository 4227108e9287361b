package demo_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/demo/play"
	"authlab/loadtest/demo/player"
	"authlab/loadtest/demo/show"
	"authlab/loadtest/message"
	"authlab/loadtest/page/browser"
)

// ground is a playground that is served to browsers.
func ground(t *testing.T) (p *play.Playground, address string) {
	t.Helper()
	s := open(t)
	p = play.New(t.Context(), s)
	t.Cleanup(p.Close)
	server := show.New(show.Config{Player: player.New(t.Context(), s, lesson.NewBrowser()), Play: p})
	web := httptest.NewUnstartedServer(server)
	web.Config.ConnState = nil // viewers keep their connections; Close must not wait for them
	web.Start()
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	return p, web.URL + server.Path() + "playground.html"
}

// until waits for a state of the playground, as long as a busy machine may need.
func until(t *testing.T, p *play.Playground, what string, holds func(play.State) bool) play.State {
	t.Helper()
	t.Log(what)
	for {
		state, changed := p.State()
		if holds(state) {
			return state
		}
		for _, side := range state.Sides {
			if side.Phase == play.Failed {
				t.Fatalf("%s: %s", what, side.Failures)
			}
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("it did not come: %s", what)
		}
	}
}

func steady(s play.State) bool {
	for _, side := range s.Sides {
		if side.Phase != play.Steady || side.Done != s.Orders {
			return false
		}
	}
	return true
}

// since are a side's points of slices that began after a moment.
func since(s play.State, side int, moment float64) (all []play.Point) {
	for _, p := range s.Sides[side].Points {
		if p.At > moment {
			all = append(all, p)
		}
	}
	return all
}

// right reports whether both sides have answered since a moment.
func right(s play.State, moment float64) bool {
	answers := func(p play.Point) bool { return p.Right > 0 }
	return slices.ContainsFunc(since(s, 0, moment), answers) && slices.ContainsFunc(since(s, 1, moment), answers)
}

// TestThePlayground: a replica is killed and both sides go on; the store stops, and only the sessions fail. The page
// shows that, and its address has the setup, from which another page makes the same. Servers end with the last viewer.
func TestThePlayground(t *testing.T) {
	chromium := browser.Start(t)
	p, address := ground(t)
	page := chromium.Open(t, address+"#replicas=3&rate=100", projected)
	page.Await("document.body.dataset.phase === 'steady-steady'")
	state := until(t, p, "both sides answer", func(s play.State) bool { return steady(s) && right(s, 0) })
	if state.Setup.Replicas != 3 || state.Setup.Rate != 100 {
		t.Errorf("the address asks for 3 replicas and 100 requests a second, and the setup is %+v", state.Setup)
	}

	page.Click("#killed-2")
	state = until(t, p, "a replica is gone on both sides", func(s play.State) bool {
		return steady(s) && s.Sides[0].Replicas[1] == "gone" && s.Sides[1].Replicas[1] == "gone"
	})
	until(t, p, "both sides answer without it", func(s play.State) bool { return right(s, state.Now) })
	page.Await("document.querySelector('#killed-2').getAttribute('aria-pressed') === 'true'")

	page.Click("#stopped")
	state = until(t, p, "the store is stopped", func(s play.State) bool { return steady(s) && s.Setup.Stopped })
	state = until(t, p, "sessions fail, and tokens do not", func(s play.State) bool {
		left := slices.ContainsFunc(since(s, 0, state.Now), func(p play.Point) bool { return p.Failed > 0 && p.Right == 0 })
		return left && slices.ContainsFunc(since(s, 1, state.Now), func(p play.Point) bool { return p.Right > 0 })
	})
	if last := state.Sides[0].Points[len(state.Sides[0].Points)-1]; last.Failed > 0 && last.How == "" {
		t.Errorf("requests failed, and it is not known how: %+v", last)
	}
	page.Await("document.querySelectorAll('#chart-0 .tick').length > 0")
	picture(page, "playground")

	hash := browser.Eval[string](page, "location.hash")
	if want := "#left=session-redis&right=token-hs256&replicas=3&rate=100&killed=2&store=stopped"; hash != want {
		t.Errorf("the address says %q, and should say %q", hash, want)
	}
	secret := strings.Split(address, "/")[3]
	if strings.Contains(hash, secret) {
		t.Error("the setup has the page's secret in it")
	}
	page.Click("#repair")
	until(t, p, "all is well", func(s play.State) bool {
		return steady(s) && !s.Setup.Stopped && len(s.Setup.Killed) == 0
	})

	other := chromium.Open(t, address+hash, browser.View{Width: 390, Dark: true})
	until(t, p, "the address makes the same again", func(s play.State) bool {
		return steady(s) && s.Setup.Stopped && s.Sides[0].Replicas[1] == "gone"
	})
	choose(other, message.Korean)
	other.Await("document.querySelector('h1').textContent === '놀이터'")
	for _, p := range []*browser.Page{page, other} {
		p.Await("location.hash === '" + hash + "'") // the first page follows
		if wrong := slices.Concat(p.Audit(), p.Faults()); len(wrong) > 0 {
			t.Errorf("the page: %q", wrong)
		}
	}
	picture(other, "playground-phone")
	page.Click("#power")
	until(t, p, "the servers end", func(s play.State) bool { return s.Sides[0].Phase == play.Off })
}

// after sets a setup up, and returns the moment from which it holds.
func after(t *testing.T, p *play.Playground, s play.Setup) float64 {
	t.Helper()
	if err := p.Set(s); err != nil {
		t.Fatal(err)
	}
	return until(t, p, "it is set up", steady).Now
}

// TestThePlaygroundsFaults: what each fault does to a side, by the answers of its servers. Without -every a replica is
// paused, and no more: each fault starts servers anew.
func TestThePlaygroundsFaults(t *testing.T) {
	s := open(t)
	p := play.New(t.Context(), s)
	t.Cleanup(p.Close)
	refuses := func(side int, moment float64) func(play.State) bool {
		return func(s play.State) bool {
			return slices.ContainsFunc(since(s, side, moment), func(p play.Point) bool { return p.How == "status-401" })
		}
	}
	is := play.Beginning()
	is.Rate, is.Paused = 100, []int{2}
	moment := after(t, p, is)
	until(t, p, "both sides answer without the paused replica", func(s play.State) bool {
		return right(s, moment) && s.Sides[0].Replicas[1] == "paused" && s.Sides[1].Replicas[1] == "paused"
	})
	if !*every {
		return
	}

	is.Paused, is.Clock, is.Replicas = nil, 7200, 1
	moment = after(t, p, is)
	until(t, p, "a clock that is fast takes tokens for expired", refuses(1, moment))
	until(t, p, "and no session", func(s play.State) bool { return s.Sides[0].Points[len(s.Sides[0].Points)-1].Right > 0 })

	is.Clock, is.Key = 0, play.NewKey
	moment = after(t, p, is)
	until(t, p, "what the first key signed still counts", func(s play.State) bool { return right(s, moment) })
	is.Key = play.OnlyKey
	moment = after(t, p, is)
	until(t, p, "and then it does not", refuses(1, moment))
	p.Login()
	moment = until(t, p, "the users log in again", func(s play.State) bool { return steady(s) }).Now
	until(t, p, "both sides answer", func(s play.State) bool { return right(s, moment) })

	is.Delay, is.Rate = 200, 20
	moment = after(t, p, is)
	slow := func(side int, slower bool) func(play.State) bool {
		return func(s play.State) bool {
			return slices.ContainsFunc(since(s, side, moment), func(p play.Point) bool {
				return p.Right > 0 && p.P99 >= 200 == slower
			})
		}
	}
	until(t, p, "sessions wait for a store that is far away", slow(0, true))
	until(t, p, "and tokens do not", slow(1, false))
	is.Schemes = [2]string{"session-memory", "token-denylist"}
	is.Delay, is.Replicas = 0, 4
	moment = after(t, p, is)
	until(t, p, "other schemes: three of four replicas know nothing of a login", refuses(0, moment))
	p.Stop()
	until(t, p, "the servers end", func(s play.State) bool {
		return s.Sides[0].Phase == play.Off && len(s.Sides[0].Replicas) == 0
	})
}
