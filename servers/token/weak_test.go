package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
)

var (
	oidRSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC        = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP256      = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	oidSecp256k1 = asn1.ObjectIdentifier{1, 3, 132, 0, 10}
	oidEd25519   = asn1.ObjectIdentifier{1, 3, 101, 112}
)

// block is DER in PEM.
func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func der(t testing.TB, value any) []byte {
	t.Helper()
	text, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wrapped is the inside of a key in PKCS #8, for content that libraries refuse to write; mate, unless nil, is the
// public half beside it (RFC 5958).
func wrapped(t testing.TB, algorithm, parameters asn1.ObjectIdentifier, inside, mate []byte) string {
	t.Helper()
	params := asn1.NullRawValue
	if parameters != nil {
		params = asn1.RawValue{FullBytes: der(t, parameters)}
	}
	id := pkix.AlgorithmIdentifier{Algorithm: algorithm, Parameters: params}
	if algorithm.Equal(oidEd25519) {
		id.Parameters = asn1.RawValue{}
	}
	if mate == nil {
		return block(pemType, der(t, struct {
			Version   int
			Algorithm pkix.AlgorithmIdentifier
			Inside    []byte
		}{0, id, inside}))
	}
	return block(pemType, der(t, struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Inside    []byte
		Mate      asn1.BitString `asn1:"tag:1"`
	}{1, id, inside, asn1.BitString{Bytes: mate, BitLength: 8 * len(mate)}}))
}

// rsaOf is an RSA key of these numbers, whether or not they belong together.
func rsaOf(t testing.TB, p, q, e, d *big.Int) string {
	t.Helper()
	one := big.NewInt(1)
	less := func(x *big.Int) *big.Int { return new(big.Int).Sub(x, one) }
	inverse := new(big.Int).ModInverse(q, p)
	if inverse == nil {
		inverse = one
	}
	return wrapped(t, oidRSA, nil, der(t, struct {
		Version                    int
		N, E, D, P, Q, Dp, Dq, Inv *big.Int
	}{0, new(big.Int).Mul(p, q), e, d, p, q, new(big.Int).Mod(d, less(p)), new(big.Int).Mod(d, less(q)), inverse}), nil)
}

// prime is a random prime after which e can be inverted.
func prime(t testing.TB, bits int, e *big.Int) *big.Int {
	t.Helper()
	for {
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		if new(big.Int).GCD(nil, nil, e, new(big.Int).Sub(p, big.NewInt(1))).Cmp(big.NewInt(1)) == 0 {
			return p
		}
	}
}

// private is the number that undoes e.
func private(p, q, e *big.Int) *big.Int {
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	if d := new(big.Int).ModInverse(e, phi); d != nil {
		return d
	}
	return one
}

// ecOf is a key of P-256, or of another curve, with that number; told is what it says of its public half.
func ecOf(t testing.TB, curve asn1.ObjectIdentifier, secret, told []byte) string {
	t.Helper()
	return wrapped(t, oidEC, curve, der(t, struct {
		Version int
		Secret  []byte
		Public  asn1.BitString `asn1:"optional,explicit,tag:1"`
	}{1, secret, asn1.BitString{Bytes: told, BitLength: 8 * len(told)}}), nil)
}

// falseKeys are key files with which no server starts, whatever the algorithm, by what is wrong with them. FIPS 186-5
// requires RSA's exponent to be odd and above 2^16, and its primes to be half the modulus each.
func falseKeys(t testing.TB) map[string]string {
	t.Helper()
	falseOnce.Do(func() { falseOnce.keys = makeFalseKeys(t) })
	return falseOnce.keys
}

// falseOnce caches falseKeys, which take a second to make.
var falseOnce struct {
	sync.Once
	keys map[string]string
}

func makeFalseKeys(t testing.TB) map[string]string {
	t.Helper()
	e := big.NewInt(65537)
	every := new(big.Int).Mul(e, big.NewInt(65535)) // which 3, 5, 17 and 257 divide
	p, q := prime(t, 1024, every), prime(t, 1024, every)
	keys := map[string]string{}
	for _, small := range []int64{1, 2, 3, 5, 17, 257, 65535, 65536, 65538} {
		f := big.NewInt(small)
		if small%2 == 0 {
			keys["RSA with the even exponent "+f.String()] = rsaOf(t, p, q, f, big.NewInt(3))
			continue
		}
		keys["RSA with the exponent "+f.String()] = rsaOf(t, p, q, f, private(p, q, f))
	}
	other := prime(t, 1024, e)
	tiny := big.NewInt(7)
	rest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2203), big.NewInt(1)) // a known prime: none is searched for
	even := new(big.Int).Lsh(big.NewInt(1), 1023)
	short, long := prime(t, 900, e), prime(t, 1148, e)
	composite := new(big.Int).Mul(prime(t, 512, e), prime(t, 512, e))
	for composite.BitLen() != 1024 {
		composite = new(big.Int).Mul(prime(t, 512, e), prime(t, 512, e))
	}
	keys["RSA of another's private number"] = rsaOf(t, p, q, e, private(p, other, e))
	keys["RSA with a tiny prime"] = rsaOf(t, tiny, rest, e, private(tiny, rest, e))
	keys["RSA of an even modulus"] = rsaOf(t, even, q, e, private(even, q, e))
	keys["RSA of one prime twice"] = rsaOf(t, p, p, e, private(p, p, e))
	keys["RSA of primes of different sizes"] = rsaOf(t, short, long, e, private(short, long, e))
	keys["RSA of a number that is no prime"] = rsaOf(t, composite, q, e, private(composite, q, e))

	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := ec.Bytes()
	point, _ := stranger.PublicKey.Bytes()
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys["on the curve P-224"] = inPEM(t, p224)
	keys["on the curve secp256k1"] = ecOf(t, oidSecp256k1, secret, nil)
	keys["EC of the number 0"] = ecOf(t, oidP256, make([]byte, 32), nil)
	keys["EC of the number 1"] = ecOf(t, oidP256, append(make([]byte, 31), 1), nil)
	keys["EC of the curve's order"] = ecOf(t, oidP256, elliptic.P256().Params().N.Bytes(), nil)
	keys["EC with another's public half"] = ecOf(t, oidP256, secret, point)
	keys["EC with another's public half beside it"] = wrapped(t, oidEC, oidP256, der(t, struct {
		Version int
		Secret  []byte
	}{1, secret}), point)

	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys["Ed25519 of zeros"] = wrapped(t, oidEd25519, nil, der(t, make([]byte, 32)), nil)
	keys["Ed25519 of one byte"] = wrapped(t, oidEd25519, nil, der(t, bytes.Repeat([]byte{0x5a}, 32)), nil)
	keys["Ed25519 of 31 bytes"] = wrapped(t, oidEd25519, nil, der(t, ed.Seed()[:31]), nil)
	keys["Ed25519 with another's public half"] = wrapped(t, oidEd25519, nil, der(t, ed.Seed()), point[:32])

	good := inPEM(t, ec)
	decoded, _ := pem.Decode([]byte(good))
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	keys["a certificate"] = block("CERTIFICATE", decoded.Bytes)
	keys["encrypted"] = block("ENCRYPTED PRIVATE KEY", decoded.Bytes)
	keys["encrypted as long ago"] = string(pem.EncodeToMemory(&pem.Block{
		Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"},
		Bytes: decoded.Bytes,
	}))
	keys["in SEC 1"] = block("EC PRIVATE KEY", sec1)
	keys["in DER"] = string(decoded.Bytes)
	keys["of NULs"] = strings.Repeat("\x00", 4096)
	keys["one line of 80,000 characters"] = strings.Repeat("A", 80_000)
	return keys
}

// TestGoodPairsAreTaken: the table above would also pass on a server that accepts none.
func TestGoodPairsAreTaken(t *testing.T) {
	e := big.NewInt(65539)
	p, q := prime(t, 1024, e), prime(t, 1024, e)
	for new(big.Int).Mul(p, q).BitLen() < minModulus {
		p, q = prime(t, 1024, e), prime(t, 1024, e)
	}
	large, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := ec.Bytes()
	point, _ := ec.PublicKey.Bytes()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mate := ed.Public().(ed25519.PublicKey)
	marked := "\ufeff" + strings.ReplaceAll(inPEM(t, ec), "\n", "\r\n")
	for _, c := range []struct{ alg, what, file string }{
		{"RS256", "another exponent", rsaOf(t, p, q, e, private(p, q, e))},
		{"RS256", "3072 bits", inPEM(t, large)},
		{"ES256", "its public half", ecOf(t, oidP256, secret, point)},
		{"ES256", "no public half", ecOf(t, oidP256, secret, nil)},
		{"ES256", "a byte order mark, CR LF and no end of the last line", strings.TrimRight(marked, "\r\n")},
		{"EdDSA", "its public half", wrapped(t, oidEd25519, nil, der(t, ed.Seed()), mate)},
	} {
		if _, err := readKeys(keyFile(t, c.file, 0o600), algorithms[c.alg]); err != nil {
			t.Errorf("%s with %s: %v", c.alg, c.what, err)
		}
	}
}

// TestWhatIsSaidOfWeakKeys: one sentence each, which names what is wrong.
func TestWhatIsSaidOfWeakKeys(t *testing.T) {
	keys := falseKeys(t)
	for what, says := range map[string]string{
		"RSA with the exponent 3":            "has the public exponent 3, and only odd ones above 65536 are taken",
		"RSA with a tiny prime":              "is not the product of two primes of the same size",
		"EC of the number 1":                 "has hardly any different bytes",
		"EC with another's public half":      "has a public half that is not of its private one",
		"Ed25519 of zeros":                   "has hardly any different bytes",
		"Ed25519 with another's public half": "has a public half that is not of its private one",
		"on the curve P-224":                 "is on the curve P-224",
		"encrypted":                          "is not PEM that begins with BEGIN PRIVATE KEY",
	} {
		alg := map[byte]string{'R': "RS256", 'E': "ES256", 'o': "ES256", 'e': "ES256"}[what[0]]
		if strings.HasPrefix(what, "Ed") {
			alg = "EdDSA"
		}
		_, err := readKeys(keyFile(t, keys[what], 0o600), algorithms[alg])
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "openssl genpkey") {
			t.Errorf("%s: %v, want %q", what, err, says)
		}
	}
}
