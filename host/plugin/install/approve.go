package install

import (
	"context"
	"os"
	"slices"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/catalog"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// Request is what an administrator approves, before any code of the plugin has run.
type Request struct {
	Package
	Signature string         // what the verifier found: "unsigned"
	Replaces  string         // the version that is active now; "" for a new plugin
	NewReads  []catalog.Read // reads that nobody has approved yet
	NewTags   []string       // keys of tags that nobody has approved yet; "" is the main tag
}

// Verifier finds out who made a package.
type Verifier interface {
	// Verify answers what is known about the maker of a package, for the administrator and the lock file, or
	// an error when the package must not be used. archive is a private copy.
	Verify(ctx context.Context, archive *os.File, p *Package) (signature string, err error)
}

// unsigned is the signature of a package whose maker is not known.
const unsigned = "unsigned"

// Unsigned is the Verifier that knows no maker: trust rests on where the administrator got the package.
type Unsigned struct{}

// Verify implements Verifier.
func (Unsigned) Verify(context.Context, *os.File, *Package) (string, error) { return unsigned, nil }

// request compares a package with what was approved for the version that is active.
func request(p *Package, signature string, active *catalog.Entry) Request {
	r := Request{Package: *p, Signature: signature}
	var approved catalog.Approved
	if active != nil {
		r.Replaces, approved = active.Version, active.Approved
	}
	wanted := wants(p.Manifest)
	for _, read := range wanted.Reads {
		if !slices.ContainsFunc(approved.Reads, read.Same) {
			r.NewReads = append(r.NewReads, read)
		}
	}
	for _, key := range wanted.Tags {
		if !slices.Contains(approved.Tags, key) {
			r.NewTags = append(r.NewTags, key)
		}
	}
	return r
}

// wants is what a manifest asks for.
func wants(m *pb.Manifest) catalog.Approved {
	var a catalog.Approved
	for _, r := range m.GetReads() {
		kind := "any"
		if r.GetType() != pb.ValueType_VALUE_TYPE_UNSPECIFIED {
			kind = crm.Type(r.GetType()).String()
		}
		a.Reads = append(a.Reads, catalog.Read{Path: r.GetPath(), Type: kind, List: r.GetList(), Purpose: r.GetPurpose()})
	}
	for _, t := range m.GetTags() {
		a.Tags = append(a.Tags, t.GetKey())
	}
	return a
}

// approve asks unless the administrator has seen it all: these very bytes, or a version of the same maker's,
// as its signature proves, that reads and emits no more than before.
func (o *Options) approve(r Request, active *catalog.Entry) error {
	if active != nil && len(r.NewReads) == 0 && len(r.NewTags) == 0 && r.Signature == active.Signature &&
		(r.Signature != unsigned || r.ArchiveSHA256 == active.ArchiveSHA256) {
		return nil
	}
	if o.Approve == nil {
		return &crm.Error{Code: crm.CodePlugin, Message: "plugin " + r.Manifest.GetId() + " was not approved", Suggestion: "look at what it reads, and approve it"}
	}
	return o.Approve(r)
}
