package connector

import (
	"fmt"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/transport"
	"github.com/taxonhq/taxon/host/crm"
)

// An optional object that the account does not have, or does not show to these credentials, is left out: with a note, and
// without harm to what is known of it. Each pull asks for it anew, so that a right that was granted needs no other step.

// refused reports whether an error means that the account does not have an object or lacks the right to it.
func refused(err error) bool {
	class := transport.ClassOf(err)
	return class == manifest.ThenForbidden || class == manifest.ThenNotFound
}

// leaveOut ends the pull of an object that was refused. The page says that the pull is not a full one: what was pulled
// of the object at another time must not count as gone.
func (p *pull) leaveOut() error {
	p.state.Current, p.own.At, p.own.Phase, p.own.Full = p.o.name, nil, "", false
	p.page, p.at = Page{LeftOut: []crm.Problem{p.c.leftOut(p.o)}}, nil
	p.c.mu.Lock()
	if p.c.absent == nil {
		p.c.absent = map[string]bool{}
	}
	p.c.absent[p.o.name] = p.own.Swept != 0
	p.c.mu.Unlock()
	return p.deliver()
}

// leaveUnlinked notes that an association was refused, which is not asked for again in this pull.
func (p *pull) leaveUnlinked(to crm.Kind) {
	if p.unlinked == nil {
		p.unlinked = map[crm.Kind]bool{}
	}
	p.unlinked[to] = true
	p.page.LeftOut = append(p.page.LeftOut, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeForbidden, Pointer: p.o.name + "/" + string(to),
		Message:    fmt.Sprintf("the account does not tell which %s records %s belong to, or the credentials may not read it: these links are left out", to, p.o.name),
		Suggestion: "nothing needs to be done if their customers are known by other links"}})
}

// leftOut is the note about an object that is left out.
func (c *Connector) leftOut(o *object) crm.Problem {
	note := crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeForbidden, Pointer: o.name,
		Message:    fmt.Sprintf("the account has no %s, or the credentials may not read them: they are left out", o.name),
		Suggestion: "nothing needs to be done if they are not wanted"}}
	if scopes := o.spec.Needs["read"]; len(scopes) > 0 {
		note.Suggestion = "grant " + strings.Join(scopes, ", ") + " if they are wanted"
	}
	return note
}

// unlisted is what becomes of a comparison of ids when those of an object are refused: it must not take for gone what an
// earlier pull has read.
func (c *Connector) unlisted(o *object) error {
	c.mu.Lock()
	read, left := c.absent[o.name]
	c.mu.Unlock()
	if left && !read {
		return nil
	}
	return &crm.Error{Code: crm.CodeGuard, Pointer: o.name, Message: fmt.Sprintf("%s cannot be read any more: the ids of %s records are not compared", o.name, o.spec.Kind),
		Suggestion: c.leftOut(o).Suggestion}
}

// prefixed gives the ids of a page the object's prefix.
func (o *object) prefixed(page Page) Page {
	if o.prefix == "" {
		return page
	}
	all := func(ids []string) {
		for i := range ids {
			ids[i] = o.prefix + ids[i]
		}
	}
	for i := range page.Records {
		page.Records[i].ID = o.prefix + page.Records[i].ID
		all(page.Records[i].MergedIDs)
	}
	for i := range page.Rejected {
		if page.Rejected[i].ID != "" {
			page.Rejected[i].ID = o.prefix + page.Rejected[i].ID
		}
	}
	all(page.Deleted)
	return page
}
