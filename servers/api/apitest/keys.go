package apitest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
)

// keyFile returns the key file that Args name, or "".
func (s Scheme) keyFile() string {
	flags := pflag.NewFlagSet(s.Name, pflag.ContinueOnError)
	s.New().Flags(flags)
	if err := flags.Parse(s.Args); err != nil || flags.Lookup("key-file") == nil {
		return ""
	}
	return flags.Lookup("key-file").Value.String()
}

// weakKeys puts unsuitable files in the key file's place, and starts the program.
func weakKeys(w *world) error {
	if w.scheme.keyFile() == "" {
		return errors.New("a scheme that signs has a key: Args must name its file with --key-file, or this cannot be checked")
	}
	text, err := os.ReadFile(w.scheme.keyFile())
	if err != nil {
		return err
	}
	genuine := strings.TrimSpace(string(text))
	if !strings.HasPrefix(genuine, "-----BEGIN") { // one key a line
		genuine, _, _ = strings.Cut(genuine, "\n")
	}
	path := filepath.Join(w.t.TempDir(), "key")
	refused := func(name, file string, mode os.FileMode) error {
		if err := errors.Join(os.WriteFile(path, []byte(file), mode), os.Chmod(path, mode)); err != nil {
			return err
		}
		return w.startsNot("a key file that is "+name, file, "--key-file="+path, "--listen=127.0.0.1:0")
	}
	sentence := "this is my very long and very secret key for tokens"
	var errs []error
	for what, file := range w.scheme.WeakKeys {
		errs = append(errs, refused(what, file, 0o600))
	}
	errs = append(errs,
		refused("empty", "", 0o600),
		refused("short", strings.Repeat("9c", 15)+"\n", 0o600),
		refused("a byte short", genuine[2:]+"\n", 0o600),
		refused("good, with a short one in the second line", genuine+"\n"+genuine[:32]+"\n", 0o600),
		refused("zeros", strings.Repeat("00", 32)+"\n", 0o600),
		refused("a word", "secret\n", 0o600),
		refused("a sentence", sentence+"\n", 0o600),
		refused("a sentence in hexadecimal", hex.EncodeToString([]byte(sentence))+"\n", 0o600),
		refused("good, but for all to read", genuine+"\n", 0o644),
		refused("good, but for the group", genuine+"\n", 0o640),
		w.startsNot("no key, where others can reach it", "", "--key-file=", "--trusted-proxies=10.0.0.0/8",
			"--listen=0.0.0.0:0"),
	)
	return errors.Join(errs...) // the control: with the genuine file this check's servers have started
}

// startsNot runs the program with its key replaced. It must end at once, with one sentence that names the flag and does
// not reveal the key.
func (w *world) startsNot(name, key string, args ...string) error {
	ctx, end := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer end()
	started := &starting{stop: end}
	var told strings.Builder
	args = append(slices.Clone(w.scheme.Args), append(args, "--ballast=0")...)
	code := api.Command(ctx, w.scheme.Name, "", w.scheme.New(), args, started, &told)
	switch sentence := told.String(); {
	case started.at != "":
		return fmt.Errorf("with %s the server starts", name)
	case code != 2 || strings.Count(sentence, "\n") != 1 || !strings.Contains(sentence, "--key-file"):
		return fmt.Errorf("with %s: exit code %d, %q, want 2 and a sentence about --key-file", name, code, sentence)
	case len(key) > 20 && strings.Contains(sentence, key[len(key)/2-10:len(key)/2+10]):
		return fmt.Errorf("with %s it reveals the key", name)
	}
	return nil
}

// starting is the standard output of a program that should print nothing: the first line, "listening …", ends it.
type starting struct {
	at   string
	stop context.CancelFunc
}

var _ io.Writer = (*starting)(nil)

func (s *starting) Write(p []byte) (int, error) {
	s.at += string(p)
	s.stop()
	return len(p), nil
}
