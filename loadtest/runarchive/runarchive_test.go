package runarchive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const name = "20261124-070000-quick"

// contents returns the files below a folder.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestARunInALog(t *testing.T) {
	from := filepath.Join(t.TempDir(), name)
	want := map[string]string{
		"plan.yaml": "name: quick\n", "raw/demand.csv": strings.Repeat("1,2,3\n", 100_000),
		"empty": "",
	}
	source := fstest.MapFS{}
	for path, text := range want {
		source[path] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
	}
	if err := os.CopyFS(from, source); err != nil {
		t.Fatal(err)
	}
	log := bytes.NewBufferString("quick takes about 2m\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	if err := Pack(from, log); err != nil {
		t.Fatal(err)
	}
	log.WriteString("authlab: interrupted\n")
	text := log.Bytes()
	runs := filepath.Join(t.TempDir(), "results", "runs")
	folder, err := Unpack(bytes.NewReader(text), runs)
	if err != nil || folder != filepath.Join(runs, name) {
		t.Fatal(folder, err)
	}
	if got := contents(t, folder); !maps.Equal(got, want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	if _, err := Unpack(bytes.NewReader(text), runs); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second time: %v", err)
	}
	if left, err := os.ReadDir(runs); len(left) != 1 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// archive is an archive with any content.
func archive(run string, entries ...tar.Header) []byte {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	for _, h := range entries {
		h.Mode = 0o6777
		archive.WriteHeader(&h)
		archive.Write(make([]byte, h.Size))
	}
	archive.Close()
	compressed.Close()
	return pem.EncodeToMemory(
		&pem.Block{Type: blockType, Headers: map[string]string{runHeader: run}, Bytes: packed.Bytes()})
}

func TestWhatIsNoRun(t *testing.T) {
	file := func(path string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: path, Size: 3} }
	cut := func(text []byte) string {
		block, _ := pem.Decode(text)
		block.Bytes = block.Bytes[:len(block.Bytes)-6]
		return string(pem.EncodeToMemory(block))
	}
	for what, c := range map[string]struct{ text, says string }{
		"nothing": {"", "no run is in it"},
		"a failed Job": {
			"takes about 2m\nauthlab: nothing answers at http://replicas\n",
			"it ends with \"authlab: nothing answers",
		},
		"half a block": {"-----BEGIN AUTHLAB RUN-----\nRun: " + name + "\n\nAAAA\n", "the last run in it is damaged"},
		"a torn second run": {string(archive(name, file("a"))) + "-----BEGIN AUTHLAB RUN-----\nRun: " + name +
			"\n\nAAAA\nanother program's line\n", "the last run in it is damaged"},
		"another folder":   {string(archive("../elsewhere", file("a"))), "is not the name of a run"},
		"no name":          {string(archive("", file("a"))), "is not the name of a run"},
		"a file elsewhere": {string(archive(name, file("../a"))), "it holds what no run has"},
		"an absolute one":  {string(archive(name, file("/tmp/a"))), "it holds what no run has"},
		"a link": {
			string(archive(name, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/"})),
			"it holds what no run has",
		},
		"a file twice":      {string(archive(name, file("a"), file("a"))), "exists"},
		"a file for folder": {string(archive(name, file("a"), file("a/b"))), "damaged"},
		"a torn archive":    {cut(archive(name, file("a"))), "damaged"},
		"not compressed": {
			string(pem.EncodeToMemory(
				&pem.Block{Type: blockType, Headers: map[string]string{runHeader: name}, Bytes: []byte("x")})), "damaged",
		},
	} {
		runs := t.TempDir()
		folder, err := Unpack(strings.NewReader(c.text), runs)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %s, %v; want %q", what, folder, err, c.says)
		}
		if left, err := os.ReadDir(runs); len(left) > 0 || err != nil {
			t.Errorf("%s left %v, %v", what, left, err)
		}
	}
}

// TestALogThatTellsMore: a log may put a time, a place and a writer before every line.
func TestALogThatTellsMore(t *testing.T) {
	from := filepath.Join(t.TempDir(), name)
	random := make([]byte, 10_000)
	for i := range random {
		random[i] = byte(i * i * 31 >> 3)
	}
	if err := os.CopyFS(from, fstest.MapFS{"plan.yaml": {Data: random, Mode: 0o600}}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	log.WriteString("quick takes about 2m\n")
	if err := Pack(from, &log); err != nil {
		t.Fatal(err)
	}
	log.WriteString("took 2m; the report is there\n")
	lines := strings.SplitAfter(strings.TrimSuffix(log.String(), "\n"), "\n")
	at := func(layout string, n int) string {
		return time.Date(2026, 11, 30, 23, 59, 58, 120_000_000,
			time.UTC).Add(time.Duration(n) * 100_500_100 * time.Nanosecond).Format(layout)
	}
	for what, before := range map[string]func(n int) string{
		"docker logs --timestamps": func(n int) string {
			return at("2006-01-02T15:04:05.000000000Z",
				n) + " "
		},
		// without trailing zeros
		"kubectl logs --timestamps": func(n int) string { return at(time.RFC3339Nano, n) + " " },
		"kubectl logs --timestamps --prefix": func(n int) string {
			return "[pod/bench-x7k/bench] " + at(time.RFC3339Nano, n) + " "
		},
		"a node's file":                  func(n int) string { return at(time.RFC3339Nano, n) + " stdout F " },
		"docker-compose logs":            func(int) string { return "bench-1      | " },
		"docker-compose logs, in colour": func(int) string { return "\x1b[36mbench_1  |\x1b[0m " },
		"docker-compose logs --timestamps": func(n int) string {
			return "bench-1  | " + at(time.RFC3339Nano,
				n) + " "
		},
		"docker service logs": func(int) string { return "authlab_bench.1.x7k@node    | " },
		"journalctl": func(n int) string {
			return at("Jan _2 15:04:05",
				n*300) + " host authlab[123]: "
		},
		"journalctl --output=short-iso": func(n int) string {
			return at("2006-01-02T15:04:05-0700",
				n) + " host authlab[123]: "
		},
		"journalctl --output=short-full": func(n int) string {
			return at("Mon 2006-01-02 15:04:05 MST",
				n*300) + " host authlab[123]: "
		},
		"an indent": func(int) string { return "    " },
		"nothing":   func(int) string { return "" },
	} {
		for _, ends := range []string{"\n", "\r\n"} {
			var text strings.Builder
			for n, line := range lines {
				line = before(n) + strings.TrimSuffix(line, "\n")
				if n%2 == 0 && strings.HasSuffix(line, " ") {
					line = strings.TrimRight(line, " ") // as editors do
				}
				text.WriteString(line + ends)
			}
			runs := filepath.Join(t.TempDir(), "runs")
			folder, err := Unpack(strings.NewReader(text.String()), runs)
			if err != nil {
				t.Errorf("%s, %q: %v", what, ends, err)
				continue
			}
			if got := contents(t, folder); len(got) != 1 || got["plan.yaml"] != string(random) {
				t.Errorf("%s, %q: %d files", what, ends, len(got))
			}
		}
	}
	// Another program's line among them is not part of the archive.
	torn := "a | " + strings.Join(lines[:5], "a | ") + "b | another's line\na | " + strings.Join(lines[5:], "a | ")
	if folder, err := Unpack(strings.NewReader(torn), t.TempDir()); err == nil {
		t.Errorf("an archive with another's line in it: %s", folder)
	}
}

// FuzzUnpack: whatever a log contains, Unpack writes only below the folder of runs, and nothing at all after an error.
func FuzzUnpack(f *testing.F) {
	f.Add(archive(name, tar.Header{Typeflag: tar.TypeReg, Name: "raw/a", Size: 3}))
	f.Add(archive(name, tar.Header{Typeflag: tar.TypeDir, Name: "raw"},
		tar.Header{Typeflag: tar.TypeLink, Name: "b", Linkname: "raw"}))
	f.Add(bytes.ReplaceAll(archive(name, tar.Header{Typeflag: tar.TypeReg, Name: "raw/a", Size: 3}), []byte("\n"),
		[]byte("\n2026-11-24T07:00:00Z ")))
	f.Add([]byte("authlab: nothing answers\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		outer := t.TempDir()
		runs := filepath.Join(outer, "runs")
		folder, err := Unpack(bytes.NewReader(text), runs)
		left, _ := os.ReadDir(runs)
		if err != nil && len(left) > 0 || err == nil && (len(left) != 1 || filepath.Join(runs, left[0].Name()) != folder) {
			t.Fatalf("%s, %v: there is %v", folder, err, left)
		}
		if all, _ := os.ReadDir(outer); len(all) > 1 {
			t.Fatalf("beside the runs there is %v", all)
		}
	})
}
