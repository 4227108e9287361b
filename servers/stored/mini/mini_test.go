package mini

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// TestStopWhileClientsAsk stops a server whose clients ask about it without a pause. miniredis's own Close panics here
// within a few rounds.
func TestStopWhileClientsAsk(t *testing.T) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		var asking sync.WaitGroup
		asked := make(chan struct{}, 8)
		for range 8 {
			asking.Go(func() { ask(m.Addr(), asked) })
		}
		for range 8 {
			<-asked
		}
		Stop(m)
		asking.Wait()
		if err := m.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	Stop(m)
	Stop(m)
}

// ask sends INFO until the connection ends, and says when the first answer is there, or will not come.
func ask(addr string, asked chan<- struct{}) {
	said := false
	say := func() {
		if !said {
			asked <- struct{}{}
		}
		said = true
	}
	defer say()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for {
		if _, err := fmt.Fprint(conn, "*2\r\n$4\r\nINFO\r\n$5\r\nstats\r\n"); err != nil {
			return
		}
		if _, err := answers.ReadString('\n'); err != nil {
			return
		}
		say()
	}
}
