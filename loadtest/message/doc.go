// Package message is what the lab says to people. It knows no other package of the lab.
package message
