package transport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// pemOf writes a key as PEM.
func pemOf(t *testing.T, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestSignaturesOfEveryAlgorithmHold(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	rsaPEM := pemOf(t, "PRIVATE KEY", pkcs8, err)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	ecPEM := pemOf(t, "EC PRIVATE KEY", sec1, err)
	data := []byte("head.body")
	digest := sha256.Sum256(data)
	for name, c := range map[string]struct {
		algorithm, key string
		holds          func(signature []byte) bool
	}{
		"RSA": {"RS256", rsaPEM, func(s []byte) bool {
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], s) == nil
		}},
		"RSA in PKCS 1": {"RS256", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), func(s []byte) bool {
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], s) == nil
		}},
		"RSA from a variable with \\n": {"RS256", strings.ReplaceAll(rsaPEM, "\n", `\n`), func(s []byte) bool {
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], s) == nil
		}},
		"RSA-PSS": {"PS256", rsaPEM, func(s []byte) bool {
			return rsa.VerifyPSS(&rsaKey.PublicKey, crypto.SHA256, digest[:], s, nil) == nil
		}},
		"ECDSA": {"ES256", ecPEM, func(s []byte) bool {
			return len(s) == 64 && ecdsa.Verify(&ecKey.PublicKey, digest[:], new(big.Int).SetBytes(s[:32]), new(big.Int).SetBytes(s[32:]))
		}},
		"HMAC": {"HS256", "shared", func(s []byte) bool {
			mac := hmac.New(sha256.New, []byte("shared"))
			mac.Write(data)
			return hmac.Equal(mac.Sum(nil), s)
		}},
	} {
		signature, err := sign(c.algorithm, c.key, data)
		if err != nil || !c.holds(signature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ algorithm, key string }{
		"no PEM":                  {"RS256", "shared"},
		"PEM of something else":   {"RS256", pemOf(t, "PRIVATE KEY", []byte("x"), nil)},
		"a key of another kind":   {"ES256", rsaPEM},
		"a key of another kind 2": {"RS256", ecPEM},
		"a curve of another size": {"ES384", ecPEM},
	} {
		if _, err := sign(c.algorithm, c.key, data); err == nil || strings.Contains(err.Error(), "shared") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
