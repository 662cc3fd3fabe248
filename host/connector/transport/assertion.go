package transport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"

	// The hash functions of the algorithms.
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// assertion is a JSON Web Token (RFC 7519) in compact form, signed (RFC 7515, 7518) with one of the secrets.
func assertion(spec *manifest.Assertion, secrets map[string]string, vars map[string]any) (string, error) {
	claims, _, err := spec.Claims.Eval(vars)
	if err != nil {
		return "", &crm.Error{Code: crm.CodeConfig, Message: "the claims of the connector manifest cannot be filled in: " + err.Error()}
	}
	header := map[string]any{"alg": spec.Algorithm, "typ": "JWT"}
	more, _, err := spec.Header.Eval(vars)
	if err != nil {
		return "", &crm.Error{Code: crm.CodeConfig, Message: "the header of the connector manifest's assertion cannot be filled in: " + err.Error()}
	}
	if more, ok := more.(map[string]any); ok {
		for name, value := range more {
			header[name] = value
		}
	}
	head, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := sign(spec.Algorithm, secrets[spec.Key], []byte(signed))
	if err != nil {
		return "", &crm.Error{Code: crm.CodeCredentials, Message: "the secret " + spec.Key + " cannot sign: " + err.Error(),
			Suggestion: "give a private key in PEM that fits " + spec.Algorithm}
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// The faults of a signing key. What a library says about a key is not shown.
var (
	errNoPEM    = errors.New("it is not PEM")
	errNotRead  = errors.New("the key in it cannot be read; is it encrypted?")
	errOtherKey = errors.New("the key in it is of another kind")
)

// sign signs with one of the algorithms of RFC 7518, section 3.1.
func sign(algorithm, key string, data []byte) ([]byte, error) {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[2:]]
	if algorithm[:2] == "HS" {
		mac := hmac.New(hash.New, []byte(key))
		mac.Write(data)
		return mac.Sum(nil), nil
	}
	private, err := privateKey(key)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(data)
	digest := h.Sum(nil)
	switch k := private.(type) {
	case *rsa.PrivateKey:
		switch algorithm[:2] {
		case "RS":
			return rsa.SignPKCS1v15(rand.Reader, k, hash, digest)
		case "PS":
			return rsa.SignPSS(rand.Reader, k, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
	case *ecdsa.PrivateKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		if algorithm[:2] != "ES" || size != hash.Size() { // P-256 with SHA-256, P-384 with SHA-384
			break
		}
		r, s, err := ecdsa.Sign(rand.Reader, k, digest)
		if err != nil {
			return nil, err
		}
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
		return out, nil
	}
	return nil, errOtherKey
}

// privateKey reads a key in PKCS #8, PKCS #1 or SEC 1. A PEM that came through an environment variable may have \n for
// line ends.
func privateKey(text string) (any, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errNoPEM
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	return nil, errNotRead
}
