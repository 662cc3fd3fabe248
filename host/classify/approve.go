package classify

import (
	"fmt"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/measure"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// approval decides what one classifier may read.
type approval struct {
	classifier Classifier
	env        measure.Env
	patterns   []measure.Pattern
	prefix     string
}

func newApproval(c Classifier, m *pb.Manifest, env measure.Env, prefix string) (*approval, error) {
	a := &approval{classifier: c, env: env, prefix: prefix}
	for _, r := range m.GetReads() {
		p, err := measure.ParsePattern(r.GetPath())
		if err != nil {
			return nil, &crm.Error{Code: crm.CodePlugin, Message: fmt.Sprintf("the manifest of %s declares a read that is none: %v", m.GetId(), err),
				Suggestion: "report it to the plugin's author", Cause: err}
		}
		a.patterns = append(a.patterns, p)
	}
	return a, nil
}

// read is an approved effective read.
type read struct {
	column   *measure.Column
	required bool
	withheld bool // a sensitive field without a grant, optional: sent as missing
}

// check approves an effective read, or says why not.
func (a *approval) check(r *pb.Read) (read, error) {
	c, err := a.env.Parse(r.GetPath())
	if err != nil {
		return read{}, a.refuse(r, crm.CodeOf(err), err.Error(), "", err)
	}
	if pb.ValueType(c.Type) != r.GetType() || c.List != r.GetList() {
		return read{}, a.refuse(r, crm.CodePlugin, fmt.Sprintf("it is %s, not %s", form(pb.ValueType(c.Type), c.List), form(r.GetType(), r.GetList())),
			"change the type in the plugin", nil)
	}
	if own := a.own(c); own != "" {
		return read{}, a.refuse(r, crm.CodeConfig, "“"+own+"” is a field that Taxon writes", "read the classifier's tag: tags.CLASSIFIER", nil)
	}
	declared, open := a.declared(c)
	if !declared && !open {
		return read{}, a.refuse(r, crm.CodePlugin, "its manifest does not declare this", "report it to the plugin's author: what is read must be approved", nil)
	}
	withheld := false
	for _, use := range c.Uses {
		sensitive := a.sensitive(use)
		if declared && !sensitive || a.granted(use, sensitive) {
			continue
		}
		if declared && !r.GetRequired() {
			withheld = true
			continue
		}
		message := "this plugin reads what an administrator grants, and “" + use + "” is not granted"
		if sensitive {
			message = "“" + use + "” is personal data, which is sent only where an administrator grants it by name"
		}
		return read{}, a.refuse(r, crm.CodeConfig, message, "add "+use+" to the classifier's grants", nil)
	}
	return read{column: c, required: r.GetRequired(), withheld: withheld}, nil
}

func (a *approval) refuse(r *pb.Read, code crm.Code, message, suggestion string, cause error) error {
	return &crm.Error{Code: code, Message: fmt.Sprintf("the classifier %s cannot read “%s”: %s", a.classifier.Name, r.GetPath(), message), Suggestion: suggestion, Cause: cause}
}

// declared reports whether a pattern of the manifest names the column, and whether one allows any.
func (a *approval) declared(c *measure.Column) (declared, open bool) {
	for _, p := range a.patterns {
		if p.Any() {
			open = true
		} else if p.Matches(&c.Expr) {
			declared = true
		}
	}
	return declared, open
}

// own is the field of Taxon among those that a column uses.
func (a *approval) own(c *measure.Column) string {
	for _, use := range c.Uses {
		name := use
		if i := strings.LastIndexByte(use, '.'); i >= 0 {
			name = use[i+1:]
		}
		if !strings.HasPrefix(use, "tags.") && strings.HasPrefix(name, a.prefix) {
			return name
		}
	}
	return ""
}

func (a *approval) sensitive(use string) bool {
	kind, name := a.env.Subject, use
	if source, field, ok := strings.Cut(use, "."); ok {
		kind, name = map[string]crm.Kind{measure.Deals: crm.Deal, measure.Activities: crm.Activity, measure.Contacts: crm.Contact}[source], field
	}
	f, ok := a.env.Catalogue.Lookup(kind, name)
	return ok && f.Sensitive
}

// granted reports whether the grants cover a path. A sensitive one must be named. That there are deals, and
// in which state, goes with any grant of deals.
func (a *approval) granted(use string, sensitive bool) bool {
	source, field, nested := strings.Cut(use, ".")
	presence := !nested || field == "state"
	for _, g := range a.classifier.Grants {
		if g == use {
			return true
		}
		if sensitive {
			continue
		}
		prefix, wild := strings.CutSuffix(g, "*")
		if wild && strings.HasPrefix(use, prefix) || presence && strings.HasPrefix(g, source+".") {
			return true
		}
	}
	return false
}

func form(t pb.ValueType, list bool) string {
	name := crm.Type(t).String()
	if list {
		return "a list of " + name
	}
	return "a single " + name
}
