package user

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of one argon2id hash (OWASP's second choice): 19 MiB, two passes, one lane. It takes about 30 ms of one
// core.
const (
	argonMemory = 19456 // KiB, if a Config does not say otherwise
	argonTime   = 2
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

const (
	minPassword = 8
	maxPassword = 128
)

// checkPassword refuses a new password that is too short, too long, not text, or entirely invisible. Spaces and control
// characters are allowed in a password (NIST SP 800-63B section 3.1.1.2), but not alone.
func checkPassword(p string) error {
	switch {
	case len(p) < minPassword || len(p) > maxPassword:
		return invalid("a password has 8 to 128 bytes")
	case !utf8.ValidString(p):
		return invalid("a password is text in UTF-8")
	case !strings.ContainsFunc(p, visible):
		return invalid("a password has at least one character that can be seen, not spaces and control characters alone")
	}
	return nil
}

// visible reports whether r leaves a visible mark: a letter, digit, punctuation or symbol of any script. Unicode's
// white space, control, format, combining, private and unassigned characters do not, nor do blank letters and symbols.
func visible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !strings.ContainsRune(blank, r)
}

// blank: Braille's empty pattern, the object replacement character, the null notehead and two hieroglyphs.
const blank = "\u2800\ufffc\U0001d159\U00013441\U00013442"

// LoadPassword is the password of a load user: hex(HMAC-SHA256(key, name)).
//
// A load run signs in tens of thousands of users; at 30 ms each, argon2id would cost minutes of every run. Their
// passwords are therefore stored as plain SHA-256 hashes. That is sound for these passwords and no others: slow hashing
// defends passwords that can be guessed, and these have 256 bits from a key that is fresh in each run. Two things keep
// the fast hash away from real accounts. Its own prefix is accepted only where the account is flagged load. The flag is
// set only together with such a hash, on accounts created for it, and the first SetPassword clears it.
func LoadPassword(key []byte, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

const loadPrefix = "$load-sha256$"

func loadHash(password string) string {
	sum := sha256.Sum256([]byte(password))
	return loadPrefix + base64.RawStdEncoding.EncodeToString(sum[:])
}

// credential is what an account's password is checked against.
type credential struct {
	hash     string
	load     bool
	disabled bool
}

// hasher runs the slow password hash, a few at a time: each takes 19 MiB, so an unlimited number would be an attack.
type hasher struct {
	slots  chan struct{}
	ahead  chan struct{} // one extra slot, for checks marked Ahead
	wait   time.Duration
	memory uint32 // KiB
	// prefix is the PHC string up to the salt. There is one set of parameters, so it is compared, not parsed. A hash that
	// another program wrote at another cost is refused, instead of computed for as long as it demands.
	prefix string
	dummy  string // what an unknown name's password is checked against
}

func newHasher(concurrency int, wait time.Duration, memory uint32) *hasher {
	h := &hasher{
		slots: make(chan struct{}, concurrency), ahead: make(chan struct{}, 1), wait: wait, memory: memory,
		prefix: fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, memory, argonTime, argonLanes),
	}
	// No password matches this hash, and its parameters are those of every real one: equal work.
	random := make([]byte, argonSalt+argonKey)
	rand.Read(random)
	h.dummy = h.phc(random[:argonSalt], random[argonSalt:])
	return h
}

type aheadKey struct{}

// Ahead marks a context's checks as those of a known caller, whose number is limited. They do not wait behind
// strangers' checks, which may be more than there is time for.
func Ahead(ctx context.Context) context.Context { return context.WithValue(ctx, aheadKey{}, true) }

// check returns nil if password belongs to c, else ErrBadCredentials. Every failure costs one argon2id, whether the
// name is unknown, the account disabled, a load account or a real one: the time of a refusal reveals nothing about a
// name.
func (h *hasher) check(ctx context.Context, c credential, password string) error {
	hash := c.hash
	if c.load {
		want := loadHash(password)
		if !c.disabled && subtle.ConstantTimeCompare([]byte(want), []byte(c.hash)) == 1 {
			return nil
		}
		hash = h.dummy
	}
	ok, err := h.matches(ctx, hash, password)
	if err != nil {
		return err
	}
	if !ok || c.disabled {
		return ErrBadCredentials
	}
	return nil
}

// matches compares password with an argon2id hash when its turn comes.
func (h *hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	salt, want, err := h.parsePHC(hash)
	if err != nil {
		return false, err
	}
	if len(password) > maxPassword {
		password = password[:maxPassword] + "\x00" // no account has it, and it costs no more than another
	}
	got, err := h.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// hash makes the PHC string of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := h.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return h.phc(salt, key), nil
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	turn, err := h.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { <-turn }()
	return argon2.IDKey([]byte(password), salt, argonTime, h.memory, argonLanes, argonKey), nil
}

// turn takes a slot and returns it; receiving from it gives it back. A slot that is free is taken even where this
// goroutine itself came late to ask, as on a busy machine, when the time to wait is over too.
func (h *hasher) turn(ctx context.Context) (chan struct{}, error) {
	var ahead chan struct{} // nil: no queue to skip
	if ctx.Value(aheadKey{}) != nil {
		ahead = h.ahead
	}
	select {
	case ahead <- struct{}{}:
		return ahead, nil
	case h.slots <- struct{}{}:
		return h.slots, nil
	default:
	}
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case ahead <- struct{}{}:
		return ahead, nil
	case h.slots <- struct{}{}:
		return h.slots, nil
	case <-timer.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

func (h *hasher) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return h.prefix + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

var errHash = errors.New("an account's password hash is not one that this program wrote")

func (h *hasher) parsePHC(s string) (salt, key []byte, err error) {
	rest, ok := strings.CutPrefix(s, h.prefix)
	if !ok {
		return nil, nil, errHash
	}
	before, after, ok := strings.Cut(rest, "$")
	if !ok {
		return nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(before); err != nil || len(salt) != argonSalt {
		return nil, nil, errHash
	}
	if key, err = base64.RawStdEncoding.Strict().DecodeString(after); err != nil || len(key) != argonKey {
		return nil, nil, errHash
	}
	return salt, key, nil
}

// Verify returns the account that has this name and password. The error is ErrBadCredentials for a wrong name, a wrong
// password and a disabled account alike, after the same work; or it wraps ErrBusy or ErrUnavailable.
func (a *Accounts) Verify(ctx context.Context, name, password string) (User, error) {
	var u User
	var created int64
	c := credential{hash: a.hasher.dummy}
	if storable(name) {
		err := a.db.Get(ctx, `SELECT `+columns+`, hash FROM accounts WHERE name = ?`, []any{name},
			append(u.fields(&created), &c.hash)...)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return User{}, err
		}
	}
	c.disabled, c.load = u.Disabled, u.Load
	err := a.hasher.check(ctx, c, password)
	if err != nil {
		return User{}, err
	}
	if u.ID == "" { // cannot be: no password matches the dummy
		return User{}, ErrBadCredentials
	}
	u.Created = time.UnixMicro(created)
	return u, nil
}
