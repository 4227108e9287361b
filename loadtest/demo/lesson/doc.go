// Package lesson is the lesson as data, and what plays it: scenes of steps that are carried out on two columns of real
// servers, such as sessions and tokens.
//
// A Scene is a list of Steps. A Step has Acts for each column: requests, and faults such as a killed replica. It has a
// bet (what will happen?), what the servers must answer (Expect), and where in the code the reason stands. Its words
// are in the catalogue, under keys made of the scene's and the step's names.
//
// A World is a scene that is being played: two Places, each with a cluster of its own and the people who use it. What a
// step leaves there is its Evidence. All of it is read from the servers and from their store; nothing is computed from
// what the scene expects.
package lesson
