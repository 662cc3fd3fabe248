package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/crm"
)

// shownRejects is how many unusable rows of a kind a check tells.
const shownRejects = 5

// errEnough ends a pull whose page is all that a check wants.
var errEnough = errors.New("enough")

// Check finds what stands in the way: files, columns, rows that cannot be used among the first ones, the directory of tags. It
// writes nothing.
func (c *Connector) Check(ctx context.Context) ([]crm.Problem, error) {
	var out []crm.Problem
	add := func(warning bool, pointer, message, suggestion string) {
		out = append(out, crm.Problem{Warning: warning, Error: crm.Error{Code: crm.CodeConfig, Pointer: pointer, Message: message, Suggestion: suggestion}})
	}
	if info, err := os.Stat(c.settings.dir); err != nil || !info.IsDir() {
		add(false, "/settings/directory", "the directory of the exports cannot be read", "")
		return out, nil
	}
	any := false
	for _, kind := range crm.Kinds {
		paths, err := c.settings.found(kind)
		any = any || len(paths) > 0
		for _, path := range paths {
			var more []crm.Problem
			if more, err = c.checkFile(kind, path); err != nil {
				break
			}
			out = append(out, more...)
		}
		if err == nil && len(paths) > 0 {
			out = append(out, c.checkRows(ctx, kind)...)
		}
		if e := (*crm.Error)(nil); errors.As(err, &e) {
			out = append(out, crm.Problem{Error: *e})
		} else if err != nil {
			return out, err
		}
	}
	if !any && len(out) == 0 {
		add(false, "/settings/directory", "the directory holds no companies.csv, contacts.csv, deals.csv or activities.csv (or .ndjson)", "name the files: companies: FILE …")
	}
	return append(out, c.checkTags()...), ctx.Err()
}

// checkFile compares the columns of a CSV with those that are wanted.
func (c *Connector) checkFile(kind crm.Kind, path string) ([]crm.Problem, error) {
	r, err := c.settings.open(path)
	if err != nil || r.ndjson {
		if err == nil {
			r.close()
		}
		return nil, err
	}
	defer r.close()
	var out []crm.Problem
	lacks := func(warning bool, pointer, column, message string) {
		if slices.Contains(r.header, column) {
			return
		}
		suggestion := "its columns are " + strings.Join(r.header, ", ")
		for _, h := range r.header {
			if strings.EqualFold(strings.ReplaceAll(h, " ", "_"), strings.ReplaceAll(column, " ", "_")) {
				suggestion = "did you mean " + h + "?"
			}
		}
		out = append(out, crm.Problem{Warning: warning, Error: crm.Error{Code: crm.CodeConfig, Pointer: pointer, Message: fmt.Sprintf("%s has no column %s%s", r.name, column, message), Suggestion: suggestion}})
	}
	lacks(false, "/settings/"+string(kind)+"_id", c.settings.id(kind), " with the id")
	for _, to := range linked[kind] {
		if column, named := c.settings.link(kind, to); named {
			lacks(false, "/settings/"+string(kind)+"_"+string(to), column, "")
		}
	}
	for _, col := range c.columns[kind] {
		if col.asked {
			lacks(false, "fields/"+string(kind)+"/"+col.field, col.source, "")
		}
	}
	return out, nil
}

// checkRows takes the first rows through the mapping.
func (c *Connector) checkRows(ctx context.Context, kind crm.Kind) []crm.Problem {
	var out []crm.Problem
	records := 0
	err := c.Pull(ctx, kind, nil, func(page connector.Page) error {
		records += len(page.Records)
		for i, r := range page.Rejected {
			if i < shownRejects {
				out = append(out, crm.Problem{Warning: true, Error: *r.Error})
			}
		}
		if n := len(page.Rejected); n > shownRejects {
			out = append(out, crm.Problem{Warning: true, Error: crm.Error{Code: crm.CodeRecord, Message: fmt.Sprintf("and %d more of the first %d rows of %s cannot be used", n-shownRejects, n+len(page.Records), plural[kind])}})
		}
		return errEnough
	})
	if e := (*crm.Error)(nil); errors.As(err, &e) {
		out = append(out, crm.Problem{Error: *e})
	}
	if records == 0 && len(out) > 0 { // not one
		for i := range out {
			out[i].Warning = false
		}
	}
	return out
}

// checkTags finds out whether tags can be written.
func (c *Connector) checkTags() []crm.Problem {
	dir := c.settings.tags
	for { // the nearest directory that exists
		if info, err := os.Stat(dir); err == nil {
			if !info.IsDir() {
				return []crm.Problem{{Error: crm.Error{Code: crm.CodeConfig, Pointer: "/settings/tags", Message: "the directory of tags is a file"}}}
			}
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	var out []crm.Problem
	for _, kind := range []crm.Kind{crm.Company, crm.Contact} {
		if _, err := c.tagsOf(kind); err != nil && !errors.Is(err, io.EOF) {
			if e := (*crm.Error)(nil); errors.As(err, &e) {
				out = append(out, crm.Problem{Error: *e})
			}
		}
	}
	return out
}
