package hubspot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/taxonhq/taxon/examples/sandbox"
)

const (
	savedFormat  = "taxon-hubspot-sandbox"
	savedVersion = 1 // rises when an older program would misread a file
)

// heading is how a saved account begins.
type heading struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// saved is the document that Save writes.
type saved struct {
	heading
	Settings settings      `json:"settings"`
	Data     sandbox.Image `json:"data"`
}

// settings are the Options that belong to the account rather than to a habit.
type settings struct {
	PortalID        int64              `json:"portalId"`
	TimeZone        string             `json:"timeZone"`
	Currency        string             `json:"currency"`
	OtherCurrencies []string           `json:"otherCurrencies,omitempty"`
	Rates           map[string]float64 `json:"rates,omitempty"`
}

// Save writes the whole account as one JSON document: its settings, records of
// every state, links, definitions, owners and the last id. The same account gives
// the same bytes. Tokens, the log, rate windows, faults and habits stay out: they
// belong to the server. A file of it deserves mode 0600, as any copy of a CRM.
func (s *Server) Save(w io.Writer) error {
	o := s.options
	err := json.NewEncoder(w).Encode(saved{
		heading:  heading{savedFormat, savedVersion},
		Settings: settings{o.PortalID, o.TimeZone, o.Currency, o.OtherCurrencies, o.Rates},
		Data:     s.Store.Image(),
	})
	if err != nil {
		return fmt.Errorf("save the HubSpot sandbox: %w", err)
	}
	return nil
}

// Restore returns a server for an account that Save wrote. Settings of the account
// that o leaves at zero are those of the account; everything else is as with New.
func Restore(o Options, r io.Reader) (*Server, error) {
	s, err := restore(o, r)
	if err != nil {
		return nil, fmt.Errorf("restore the HubSpot sandbox: %w", err)
	}
	return s, nil
}

func restore(o Options, r io.Reader) (*Server, error) {
	doc, err := read(r)
	if err != nil {
		return nil, err
	}
	o.PortalID = cmp.Or(o.PortalID, doc.Settings.PortalID)
	o.TimeZone = cmp.Or(o.TimeZone, doc.Settings.TimeZone)
	o.Currency = cmp.Or(o.Currency, doc.Settings.Currency)
	if o.OtherCurrencies == nil {
		o.OtherCurrencies = doc.Settings.OtherCurrencies
	}
	if o.Rates == nil {
		o.Rates = doc.Settings.Rates
	}
	if _, err := time.LoadLocation(o.TimeZone); err != nil {
		return nil, fmt.Errorf("the account's time zone %q is not known", o.TimeZone)
	}
	s := New(o)
	for _, name := range []string{Contacts, Companies, Deals} {
		if _, there := doc.Data.Kinds[name]; !there {
			return nil, fmt.Errorf("the file is broken: it lacks %s", name)
		}
	}
	fresh := s.Store.Image()
	for name := range s.kinds {
		if _, there := doc.Data.Kinds[name]; !there { // a file from before the sandbox knew these objects
			doc.Data.Kinds[name] = fresh.Kinds[name]
		}
	}
	if s.Store, err = sandbox.NewStoreOf(s.storeOptions(), doc.Data); err != nil {
		return nil, fmt.Errorf("the file is broken: %w", err)
	}
	return s, nil
}

// read takes the heading first: the rest of a newer file may have any shape.
func read(r io.Reader) (saved, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return saved{}, err
	}
	var h heading
	if err := json.Unmarshal(raw, &h); err != nil {
		return saved{}, fmt.Errorf("the file is broken: %w", err)
	}
	switch {
	case h.Format != savedFormat:
		return saved{}, errors.New("the file is not a saved HubSpot sandbox")
	case h.Version > savedVersion:
		return saved{}, fmt.Errorf("the file has format version %d, this program reads up to %d: use a newer one", h.Version, savedVersion)
	case h.Version < 1:
		return saved{}, fmt.Errorf("the file is broken: format version %d", h.Version)
	}
	var doc saved
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields() // what would get lost is a mistake
	if err := dec.Decode(&doc); err != nil {
		return saved{}, fmt.Errorf("the file is broken: %w", err)
	}
	return doc, nil
}
