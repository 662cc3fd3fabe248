package conformance

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// eachWay runs a check over all ways to authenticate.
func eachWay(t T, d *Dialect, check func(w *world, auth *manifest.Auth)) {
	for _, way := range d.Ways {
		w := newWorld(t, d, options{way: way.Name})
		w.smallPages(20)
		w.fill(t, 10, 90, 0, 0)
		auth := w.m.Auth[way.Name]
		if auth == nil {
			t.Fatalf("the manifest has no way %s to authenticate", way.Name)
		}
		check(w, auth)
	}
}

// pullWith pulls a kind and calls between after each page.
func (w *world) pullWith(t T, c *connector.Connector, between func(page int)) {
	t.Helper()
	kind := w.m.Objects[w.first(crm.Contact, crm.Company)].Kind
	p := &pulled{}
	err := c.Pull(t.Context(), kind, nil, func(page connector.Page) error {
		p.take(page)
		between(p.pages)
		return nil
	})
	if err != nil {
		w.said.note(err)
		t.Fatalf("%s: the pull ends with %v", w.way.Name, err)
	}
	if !slices.Equal(p.ids(), w.live(kind)) {
		t.Errorf("%s: %d of %d records came", w.way.Name, len(p.records), len(w.live(kind)))
	}
	if p.pages < 2 {
		t.Errorf("%s: the pull has one page only", w.way.Name)
	}
}

// credentialsMayEndInTheMiddle: tokens that end, are withdrawn or rotate during a pull, and keys that somebody replaces.
func credentialsMayEndInTheMiddle(t T, d *Dialect) {
	expires := false
	eachWay(t, d, func(w *world, auth *manifest.Auth) {
		expires = expires || auth.Exchange != nil
		if auth.Exchange == nil {
			w.aKeyIsReplaced(t)
			return
		}
		c := w.connect(t)
		w.pullWith(t, c, func(page int) {
			if page == 1 {
				w.Expire()
			}
		})
		if n := c.Counts(); n.Token != 2 || n.Retries != 1 {
			t.Errorf("%s: a token that was withdrawn costs %d exchanges and %d requests sent again, want 2 and 1", w.way.Name, n.Token, n.Retries)
		}
		w.aTokenEnds(t, auth)
		if w.Tokens.Rotate {
			w.aTokenRotates(t)
		}
	})
	if expires == (d.Absent["expiry"] != "") {
		t.Errorf("a way to authenticate has tokens that end, or Absent says why none has: one of the two")
	}
}

// aTokenEnds: where the exchange tells its life, a token is renewed before it ends, and no request is refused.
func (w *world) aTokenEnds(t T, auth *manifest.Auth) {
	t.Helper()
	life := w.Tokens.Life
	if (auth.Exchange.ExpiresIn == nil) != (w.d.Absent["life"] != "") {
		t.Errorf("%s: the manifest reads how long a token lives, or Absent says why the vendor does not tell (life): one of the two", w.way.Name)
	}
	if life == 0 || auth.Exchange.ExpiresIn == nil {
		return
	}
	c := w.connect(t)
	w.pullWith(t, c, func(int) { w.clock.Advance(life * 95 / 100) })
	if n := c.Counts(); n.Token < 2 || n.Retries > 0 {
		t.Errorf("%s: while tokens ended there were %d exchanges, and %d requests were refused", w.way.Name, n.Token, n.Retries)
	}
}

// aTokenRotates: a new one is kept before it is used, and other processes go on with what is kept.
func (w *world) aTokenRotates(t T) {
	t.Helper()
	if len(w.store.log) == 0 {
		t.Errorf("%s: no token was kept", w.way.Name)
	}
	w.Expire()
	w.clock.Advance(w.Tokens.Life + time.Minute)
	if _, err := w.connect(t).Account(t.Context()); err != nil {
		w.said.note(err)
		t.Errorf("%s: another process cannot go on with what was kept: %v", w.way.Name, err)
	}
	w.clock.Advance(w.Tokens.Life + time.Minute)
	w.Expire()
	answered := func() (n int) { // what another token, whose end nobody tells, is refused for is no use of the new one
		for _, r := range w.Log.Requests() {
			if r.Kind != "token" && r.Status < 400 {
				n++
			}
		}
		return n
	}
	sent := answered()
	_, err := w.connect(t, func(o *connector.Options) { o.Tokens = &broken{memory: w.store} }).Account(t.Context())
	if err == nil || answered() != sent {
		t.Errorf("%s: a token that could not be kept was used (%v)", w.way.Name, err)
	}
}

// broken is a token store on a full disk.
type broken struct{ *memory }

func (b *broken) Save(string, []byte) error { return errors.New("disk full") }

// aKeyIsReplaced: somebody replaces a key during the pull; the new one is read, and used for the request that was refused.
func (w *world) aKeyIsReplaced(t T) {
	t.Helper()
	if w.way.Static == "" {
		t.Errorf("the way %s has no exchange: the adapter must say which secret is sent (Static)", w.way.Name)
		return
	}
	key := w.way.Secrets[w.way.Static]
	c := w.connect(t, func(o *connector.Options) {
		secret := o.Secret
		o.Secret = func(name string) (string, error) {
			if name == w.way.Static {
				return key, nil
			}
			return secret(name)
		}
	})
	w.pullWith(t, c, func(page int) {
		if page != 1 {
			return
		}
		if w.way.Replace != nil {
			w.way.Replace(w.Server, key, w.way.NewSecret)
		} else {
			w.Tokens.Revoke(key)
			w.Tokens.AddStatic(w.way.NewSecret, nil)
		}
		key = w.way.NewSecret
	})
	if n := c.Counts().Retries; n != 1 {
		t.Errorf("%s: %d requests were sent again after the key was replaced, want 1", w.way.Name, n)
	}
}

// wrongCredentialsAreSaidSo: with the code for credentials, and without naming them.
func wrongCredentialsAreSaidSo(t T, d *Dialect) {
	eachWay(t, d, func(w *world, _ *manifest.Auth) {
		for name, secret := range map[string]string{"wrong": "wrong-credential-0000000000", "empty": ""} {
			_, err := w.connect(t, func(o *connector.Options) {
				o.Tokens, o.Secret = &memory{}, func(string) (string, error) { return secret, nil }
			}).Account(t.Context())
			w.said.note(err)
			if crm.CodeOf(err) != crm.CodeCredentials {
				t.Errorf("%s credentials for %s: %v", name, w.way.Name, err)
			}
		}
		if strings.Contains(w.said.text(), "wrong-credential") {
			t.Errorf("the wrong credentials for %s are said", w.way.Name)
		}
	})
}
