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

// Sums is the file in a run's folder that lists the checksums of all files behind its figures, in the format of
// sha256sum.
const Sums = "SHA256SUMS"

// summed lists the files of every run that ended, interrupted or not. A run may have more: predictions.json, and files
// in the folder raw.
var summed = []string{environmentFile, eventsFile, planFile, probesFile, runtimesFile, slicesFile}

// sum returns the SHA-256 of a file, in hexadecimal.
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
			continue // Read reports it as missing
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", digest, name)
	}
	return os.WriteFile(filepath.Join(run, Sums), []byte(lines.String()), 0o644)
}
