// Package claim names what a lab makes on a machine, and tells a living lab's from a dead one's.
//
// A name is a prefix and the lab's nonce. A claim is a lock on a folder, which the kernel frees when its holder ends,
// however it ends: a lab claims what it makes, and sweeps what it can claim and did not make. It knows nothing of what
// lies in the folders, or of where a lab's programs run.
package claim
