// Package record is the folder of a run: what lies in it, how it is written while a run goes on, and how it is read
// afterwards.
//
// There is one writer, Folder, and one reader, Read. Every line is in its file when the writer returns, so that what ends
// a run takes nothing that was measured. What is read was measured by another program, perhaps by an older one, perhaps
// damaged since: Read leaves out what it cannot read, and says so in Damage. No file holds a password, cookie, token or
// key.
//
// The package knows plans. It knows nothing of clusters, of load, or of what its figures mean.
package record
