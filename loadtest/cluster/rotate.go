package cluster

import (
	"errors"
	"fmt"
	"strings"

	"authlab/loadtest/cluster/claim"
)

// keyring is a file of keys: the first signs or seals, the others are accepted too.
type keyring struct {
	name  string // of the file
	texts []string
}

func (k keyring) write(home *claim.Folder) (path string, err error) {
	return home.Secret(k.name, strings.Join(k.texts, ""))
}

// Rotation is a step of changing the key of a cluster. Replicas follow it when they are started again.
type Rotation string

// The steps, in the order in which no login is refused.
const (
	Announce Rotation = "announce" // a new key is accepted
	Sign     Rotation = "sign"     // it signs or seals, and the old one is still accepted
	Retire   Rotation = "retire"   // only it is accepted
)

// ErrNoKey says that a scheme signs and seals nothing.
var ErrNoKey = errors.New("the scheme signs and seals nothing")

// Rotate changes the file of keys.
func (c *Cluster) Rotate(step Rotation) error {
	k := &c.keys
	if len(k.texts) == 0 {
		return ErrNoKey
	}
	switch step {
	case Announce:
		text, err := c.newKey()
		if err != nil {
			return err
		}
		k.texts = append(k.texts, text)
	case Sign:
		last := len(k.texts) - 1
		k.texts = append([]string{k.texts[last]}, k.texts[:last]...)
	case Retire:
		k.texts = k.texts[:1]
	default:
		return fmt.Errorf("no step of a rotation is called %q", step)
	}
	_, err := k.write(c.lab.home)
	return err
}

func (c *Cluster) newKey() (text string, err error) {
	if c.spec.Scheme.Sealed {
		_, text = newSealingKey()
		return text, nil
	}
	_, text, err = newTokenKey(c.spec.Scheme.Alg)
	return text, err
}
