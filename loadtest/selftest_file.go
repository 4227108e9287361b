package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"authlab/loadtest/record"
)

// selftestFile is selftest.json while it is being made. An unwritable folder is known before two minutes are spent, and
// the results of the last selftest stay until there are new ones.
type selftestFile struct {
	path string
	temp *os.File
}

func newSelftestFile(results string) (*selftestFile, error) {
	err := os.MkdirAll(results, 0o755)
	f := &selftestFile{path: filepath.Join(results, "selftest.json")}
	if err == nil {
		f.temp, err = os.CreateTemp(results, ".selftest-*.json")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write results: %w; name a folder that you may write to with --results", err)
	}
	return f, nil
}

// keep puts the results in place.
func (f *selftestFile) keep(s record.Selftest) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		_, err = f.temp.Write(append(text, '\n'))
	}
	if err == nil {
		err = f.temp.Chmod(0o644)
	}
	if err == nil {
		err = os.Rename(f.temp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	return nil
}

// remove removes the file, unless it was kept.
func (f *selftestFile) remove() {
	f.temp.Close()
	os.Remove(f.temp.Name())
}
