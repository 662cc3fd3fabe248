// Package config holds example configurations: one for each case that books on customer classification use, commented, on
// synthetic customers in a simulated HubSpot account, as `taxon demo --data NAME` runs them, and cdnow,
// pipeline and wholesale on public data in files.
//
// Invariant: a file is what an administrator would write. What differs from an own account stands in the lines that name
// Address and Token, and in as_of.
package config

import (
	"embed"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// What the examples say where an own account has another value.
const (
	Address = "http://127.0.0.1:8080"
	Token   = "env:HUBSPOT_TOKEN"
)

// Example is the text of an example for an account at an address, with a reference to its token.
func Example(name, address, token string) (string, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return "", err
	}
	return strings.NewReplacer(Address, address, Token, token).Replace(string(text)), nil
}
