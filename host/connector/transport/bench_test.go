package transport

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// BenchmarkPage asks for a page of 64 KB and parses it, over one kept connection; the server is in the figures.
func BenchmarkPage(b *testing.B) {
	body := []byte(`{"results":[` + strings.TrimSuffix(strings.Repeat(`{"id":"1","properties":{"name":"a company of some length","city":"München"}},`, 850), ",") + `]}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer server.Close()
	m, err := manifest.Load("small.yaml", []byte(small))
	if err != nil {
		b.Fatal(err)
	}
	c, err := New(Config{Manifest: m, AuthName: "key", BaseURL: server.URL, Vars: map[string]any{}, Secret: func(string) (string, error) { return "k", nil },
		Clock: crm.SystemClock{}, Log: hclog.NewNullLogger(), Limiters: NewLimiters(), Budget: 1, Timeout: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	call := &Call{Class: Pull, Request: &manifest.Request{}, Path: "/page"}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Do(context.Background(), call, func(a *Answer) error {
			if len(a.Body.GetArray("results")) != 850 {
				b.Fatal("not all came")
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

const small = `
manifest: 1
name: small
title: Small
version: 0.1.0
base_url: "= ''"
auth_default: key
auth:
  key:
    doc: A key.
    secrets: {key: {doc: The key.}}
    headers: {X-Key: = secret.key}
account: {request: {path: /me}, id: = body.id}
objects:
  contacts:
    kind: contact
    id: id
    fields: {name: name}
    list: {request: {path: /contacts}, rows: results, size: 50}
`
