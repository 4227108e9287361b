// Package claim names what a lab makes on a machine, and tells the folders of living labs from those of dead ones.
//
// A name is a prefix and the lab's nonce. A claim is a lock on a folder, which the kernel frees when its holder ends,
// however it ends. A lab claims what it makes, and sweeps what it did not make and can claim. The package does not know
// what the folders hold, or where a lab's programs run.
package claim
