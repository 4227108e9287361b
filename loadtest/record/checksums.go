package record

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"authlab/loadtest/message"
)

// requests is the prefix of files that a committed run may omit: no figure depends on them.
const requests = "raw/requests-"

// checksums compares the run's files with the checksums recorded when it ended. A killed run has no checksums. An edit
// of both a file and its checksum goes unnoticed, unless the Digest was published before.
func (r *Run) checksums(dir string) error {
	sums, err := os.ReadFile(filepath.Join(dir, Sums))
	if errors.Is(err, os.ErrNotExist) {
		r.Damage = append(r.Damage, message.New("damage.no-checksums"))
		return nil
	}
	if err != nil {
		return err
	}
	if r.Digest, err = sum(filepath.Join(dir, Sums)); err != nil {
		return err
	}
	missing := slices.Clone(summed)
	raw, err := os.ReadDir(filepath.Join(dir, "raw"))
	if err != nil {
		return err
	}
	for _, file := range raw {
		if name := "raw/" + file.Name(); !slices.Contains(missing, name) && !strings.HasPrefix(name, requests) {
			missing = append(missing, name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, predictionsFile)); err == nil {
		missing = append(missing, predictionsFile)
	}
	for line := range strings.Lines(string(sums)) {
		want, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		if !ok || !filepath.IsLocal(name) {
			r.Damage = append(r.Damage, message.New("damage.not-a-checksum", "file", Sums))
			continue
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
		got, err := sum(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(name, requests) {
			continue
		}
		if err != nil || got != want {
			r.Damage = append(r.Damage, message.New("damage.checksum", "file", name))
		}
	}
	for _, name := range missing {
		r.Damage = append(r.Damage, message.New("damage.unlisted", "file", name, "sums", Sums))
	}
	return nil
}
