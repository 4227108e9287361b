package claim

import (
	"fmt"
	"os"
	"path/filepath"
)

// Folder is a lab's folder of temporary files.
type Folder struct {
	path     string
	held     *Claim
	uid, gid int // the owner of its files; 0 where that is the lab's own account
}

// MakeFolder makes a lab's folder in another folder, and claims it. Each error is one sentence that says what to do.
func MakeFolder(under, nonce string) (*Folder, error) {
	f := &Folder{path: filepath.Join(under, Prefix+nonce)}
	var err error
	if f.held, err = Make(f.path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make a folder for temporary files: %w; set TMPDIR to a folder that you may write to",
			err)
	}
	if err := os.Mkdir(f.Logs(), 0o700); err != nil {
		f.Remove()
		return nil, fmt.Errorf("cannot prepare the folder for temporary files: %w", err)
	}
	return f, nil
}

// Path is the folder's path.
func (f *Folder) Path() string { return f.path }

// Logs is the folder of the programs' logs, inside it.
func (f *Folder) Logs() string { return filepath.Join(f.path, "logs") }

// File is the path of a file in it.
func (f *Folder) File(name string) string { return filepath.Join(f.path, name) }

// Secret writes a file that only the programs' account can read, and returns its path.
func (f *Folder) Secret(name, text string) (string, error) {
	path := f.File(name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("cannot write a temporary file: %w", err)
	}
	if f.uid != 0 {
		return path, os.Chown(path, f.uid, f.gid)
	}
	return path, nil
}

// Give gives the folder, and the files written into it later, to the account that programs run as.
func (f *Folder) Give(uid, gid int) error {
	f.uid, f.gid = uid, gid
	return os.Chown(f.path, uid, gid)
}

// Remove removes the folder with its contents, and releases the claim.
func (f *Folder) Remove() error {
	err := os.RemoveAll(f.path)
	f.held.Release()
	return err
}
