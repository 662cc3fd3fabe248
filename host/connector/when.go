package connector

import (
	"maps"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/crm"
)

// present is an object as this connection has it: without the requests that its settings rule out. Releases of one CRM
// differ in them.
func (c *Connector) present(spec *manifest.Object) (*manifest.Object, error) {
	var failure error
	keep := func(r *manifest.Request) *manifest.Request {
		if !conditional(r) {
			return r
		}
		wanted, err := r.When.True(c.base)
		if err != nil && failure == nil {
			failure = &crm.Error{Code: crm.CodeConfig, Message: "whether the connection has a request cannot be computed: " + err.Error()}
		}
		if !wanted {
			return nil
		}
		return r
	}
	out := *spec
	if d := spec.Define; d != nil && (conditional(d.Create) || conditional(d.Extend) || conditional(d.Remove)) {
		define := *d
		define.Create, define.Extend, define.Remove = keep(d.Create), keep(d.Extend), keep(d.Remove)
		out.Define = &define
	}
	if w := spec.Write; w != nil && conditional(w.Request.First) {
		write, request := *w, *w.Request
		request.First = keep(request.First)
		write.Request, out.Write = &request, &write
	}
	changed := out.Define != spec.Define || out.Write != spec.Write
	for to, a := range spec.Associations {
		if !conditional(a.Request) || keep(a.Request) != nil {
			continue
		}
		out.Associations, changed = maps.Clone(out.Associations), true
		delete(out.Associations, to)
	}
	if !changed {
		return spec, failure
	}
	return &out, failure
}

func conditional(r *manifest.Request) bool { return r != nil && r.When != nil }
