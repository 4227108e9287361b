package spawner

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestChildrenEndWithTheSpawner: the kernel kills them when its thread ends.
func TestChildrenEndWithTheSpawner(t *testing.T) {
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := s.Start(Child{Path: "sleep", Args: []string{"1h"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	cmd.Wait()
	if state := cmd.ProcessState.String(); state != "signal: killed" {
		t.Errorf("it ended with %s", state)
	}
	if _, err := s.Start(Child{Path: "true"}); err == nil {
		t.Error("a spawner that is closed forks")
	}
}

// TestNoChildHangsOnTheFirstThread: Go never ends it.
func TestNoChildHangsOnTheFirstThread(t *testing.T) {
	for range 500 {
		s, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		tid := make(chan int)
		s.forks <- func() { tid <- unix.Gettid() }
		if <-tid == unix.Getpid() {
			t.Error("the first thread forks")
		}
		s.Close()
	}
}

// TestWhatDistortsIsNotInherited: children do not inherit the user's settings of the Go runtime.
func TestWhatDistortsIsNotInherited(t *testing.T) {
	got := environment([]string{"HOME=/h", "GOGC=10", "GOMAXPROCS=7", "GODEBUG=x=1", "GOMEMLIMIT=1"}, "GOMAXPROCS=1")
	if want := []string{"HOME=/h", "GOMAXPROCS=1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Start(Child{Path: "/nowhere/x"}); err == nil {
		t.Error("it runs")
	}
}
