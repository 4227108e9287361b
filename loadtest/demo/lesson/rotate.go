package lesson

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"

	"authlab/loadtest/message"
)

// Rotate restarts the replicas one after the other. Those that sign tokens get a new key; with Keep they still accept
// what the old one signed.
type Rotate struct{ Keep bool }

// Do implements Act.
func (r Rotate) Do(ctx context.Context, p *Place) error {
	var further []string
	told := message.New("demo.deed.restarted")
	if old := p.cluster.TokenKey(); old != nil {
		file, err := r.keys(p, old)
		if err != nil {
			return err
		}
		defer os.Remove(file) // servers read it when they start
		further = []string{"--key-file=" + file}
		if told = message.New("demo.deed.retired"); r.Keep {
			told = message.New("demo.deed.rotated")
		}
	}
	for i := range p.cluster.Size() {
		p.cluster.Replica(i).Quit(ctx)
		if err := p.cluster.RestartReplica(ctx, i, further...); err != nil {
			return err
		}
	}
	p.say(told)
	return nil
}

// keys writes the file of the keys: the new one first, which signs.
func (r Rotate) keys(p *Place, old any) (string, error) {
	first, ok := old.([]byte)
	if !ok {
		return "", errors.New("only secret keys are rotated in the lesson")
	}
	if p.newKey == nil {
		p.newKey = make([]byte, len(first))
		rand.Read(p.newKey)
	}
	text := hex.EncodeToString(p.newKey) + "\n"
	if r.Keep {
		text += hex.EncodeToString(first) + "\n"
	}
	file, err := os.CreateTemp("", "authlab-key-") // which only its owner may read
	if err != nil {
		return "", amiss{message.New("demo.amiss.no-key-file", "why", err)}
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return "", amiss{message.New("demo.amiss.no-key-file", "why", err)}
	}
	return file.Name(), nil
}
