// Package play is the playground after the lesson: two columns of real servers under load, which a class breaks and
// repairs as it likes.
//
// A Setup says how everything should be: schemes, replicas, load, faults. It is all that a page sends, and it has no
// secret, so that it can stand in an address. Each column makes its servers so, one change after the other, while load
// goes on and is measured in short slices.
package play
