// Package record is the folder of a run: which files it holds, how a run writes them, and how they are read afterwards.
//
// There is one writer, Folder, and one reader, Read. Every line is in its file when the writer returns, so that no
// measurement is lost when a run ends, for whatever reason. The run that is read may come from another or an older
// program, and may have been damaged since. Read leaves out what it cannot read, and says so in Damage. No file holds a
// password, cookie, token or key.
//
// The package knows plans. It does not know clusters, load, or the meaning of its figures.
package record
