package record

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sums is the file in a run's folder that lists the checksums of all others from which its figures are made, in the format of
// sha256sum.
const Sums = "SHA256SUMS"

// summed are the files of every run that came to an end, interrupted or not; a run may have more, all in the folder raw but
// predictions.json.
var summed = []string{environmentFile, eventsFile, planFile, probesFile, runtimesFile, slicesFile}

// sum is the SHA-256 of a file, in hexadecimal.
func sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

// writeSums writes Sums into a run's folder.
func writeSums(run string) error {
	names := slices.Concat(summed, []string{predictionsFile})
	raw, err := os.ReadDir(filepath.Join(run, "raw"))
	if err != nil {
		return err
	}
	for _, f := range raw {
		names = append(names, "raw/"+f.Name())
	}
	slices.Sort(names)
	var lines strings.Builder
	for _, name := range slices.Compact(names) {
		digest, err := sum(filepath.Join(run, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // whoever reads will miss it
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", digest, name)
	}
	return os.WriteFile(filepath.Join(run, Sums), []byte(lines.String()), 0o644)
}
