// Package runarchive carries a run as text, for places that only return a log, such as a Job in a cluster.
//
// An archive is a PEM block (RFC 7468) with a compressed tar of the run's folder. It may stand anywhere in other text.
package runarchive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	blockType = "AUTHLAB RUN"
	runHeader = "Run" // the folder's name
)

// The maximum sizes of a log, a run and its files: far more than any real one has, and all that a hostile one can use
// up.
const (
	maxText  = 256 << 20
	maxBytes = 1 << 30
	maxFiles = 10_000
)

// Pack writes the run in folder as an archive.
func Pack(folder string, w io.Writer) error {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	err := archive.AddFS(os.DirFS(folder))
	if err := errors.Join(err, archive.Close(), compressed.Close()); err != nil {
		return fmt.Errorf("packing %s: %w", folder, err)
	}
	name := filepath.Base(filepath.Clean(folder))
	return pem.Encode(w, &pem.Block{Type: blockType, Headers: map[string]string{runHeader: name}, Bytes: packed.Bytes()})
}

// ErrNone says that a text has no archive.
var ErrNone = errors.New("no run is in it")

// runName matches the names of newly measured runs; no part of such a name has a meaning to a file system.
var runName = regexp.MustCompile(`^\d{8}-\d{6}-[a-z0-9-]{1,100}$`)

// Unpack makes a folder in runs from the last archive in a text, and returns its path. If there is no archive, the
// error is ErrNone with the text's last line. If the run already exists, the error wraps fs.ErrExist. After an error
// nothing is left.
func Unpack(text io.Reader, runs string) (folder string, err error) {
	all, err := io.ReadAll(io.LimitReader(text, maxText+1))
	switch {
	case err != nil:
		return "", err
	case len(all) > maxText:
		return "", fmt.Errorf("it is longer than %d MiB", maxText>>20)
	}
	block, err := last(bare(all))
	switch {
	case err != nil:
		return "", err
	case block == nil:
		return "", fmt.Errorf("%w; it ends with %.300q", ErrNone, ending(all))
	}
	name := block.Headers[runHeader]
	if !runName.MatchString(name) {
		return "", fmt.Errorf("%.100q is not the name of a run", name)
	}
	folder = filepath.Join(runs, name)
	if _, err := os.Lstat(folder); err == nil {
		return "", fmt.Errorf("%s: %w", folder, fs.ErrExist)
	}
	if err := os.MkdirAll(runs, 0o755); err != nil {
		// not wrapped: it does not mean that the run exists already
		return "", fmt.Errorf("the results cannot be written: %s", err)
	}
	part, err := os.MkdirTemp(runs, ".archive-") // an interrupted import must not leave an incomplete run
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	if err := extract(block.Bytes, part); err != nil {
		return "", fmt.Errorf("the run in it is damaged: %w", err)
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return "", err
	}
	return folder, os.Rename(part, folder)
}

// last is the last archive in a text, nil if it has none. The error is a later archive that cannot be read: an archive
// before it is another run.
func last(text []byte) (found *pem.Block, err error) {
	rest := text
	for {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		if rest = after; block.Type == blockType {
			found, text = block, after
		}
	}
	if bytes.Contains(text, []byte("-----BEGIN "+blockType+"-----")) {
		return nil, errors.New("the last run in it is damaged: other lines are among its own, or its end is missing")
	}
	return found, nil
}

// ending is the last line that is not blank.
func ending(text []byte) string {
	text = bytes.TrimSpace(text)
	return strings.TrimSpace(string(text[bytes.LastIndexByte(text, '\n')+1:]))
}

var errOther = errors.New("it holds what no run has")

// extract writes the files of a compressed tar into a folder, and nothing outside it.
func extract(packed []byte, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	compressed, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	bounded := &io.LimitedReader{R: compressed, N: maxBytes}
	archive := tar.NewReader(bounded)
	for files := 0; ; files++ {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && bounded.N > 0:
			_, err := io.Copy(io.Discard, bounded) // up to and including the checksum
			return err
		case err != nil:
			return err
		case files == maxFiles || !filepath.IsLocal(header.Name):
			return errOther
		case header.Typeflag == tar.TypeDir:
			err = root.MkdirAll(header.Name, 0o755)
		case header.Typeflag == tar.TypeReg:
			err = write(root, header.Name, archive)
		default:
			return errOther
		}
		if err != nil {
			return err
		}
	}
}

// write makes a file from a reader; the file must not exist yet.
func write(root *os.Root, name string, from io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
